// The machine's figures: a tile each, with the course of the last minute.

import {bytes, rate} from './format.js';

const SAMPLES = 60;
const HOLE = 5_000;  // A line across a pause would show what nobody measured.
const WIDTH = 100;
const HEIGHT = 40;
const SVG = 'http://www.w3.org/2000/svg';

class Sparkline {
  constructor(svg, series) {
    this.series = Array.from({length: series}, () => {
      const area = svg.appendChild(document.createElementNS(SVG, 'path'));
      const line = svg.appendChild(document.createElementNS(SVG, 'path'));
      area.setAttribute('class', 'area');
      line.setAttribute('class', 'line');
      return {area, line, values: []};
    });
  }

  push(values) {
    this.series.forEach((series, i) => {
      series.values.push(values[i]);
      if (series.values.length > SAMPLES) series.values.shift();
    });
  }

  clear() {
    for (const series of this.series) series.values.length = 0;
  }

  /** `top` is the value at the upper edge, unless a sample is higher. */
  draw(top) {
    const highest = Math.max(top, ...this.series.flatMap((series) => series.values));
    for (const {area, line, values} of this.series) {
      const x = (i) => WIDTH - ((values.length - 1 - i) * WIDTH) / (SAMPLES - 1);
      const y = (value) => HEIGHT - 1 - (value / highest) * (HEIGHT - 3);
      const points = values.map((value, i) => `${x(i).toFixed(2)} ${y(value).toFixed(2)}`);
      const path = points.length > 1 ? `M${points.join('L')}` : '';
      line.setAttribute('d', path);
      area.setAttribute('d', path && `${path}L${WIDTH} ${HEIGHT}L${x(0).toFixed(2)} ${HEIGHT}Z`);
    }
  }
}

class Tile {
  constructor(id, series = 1) {
    const tile = document.getElementById(id);
    this.value = tile.querySelector('.value');
    this.detail = tile.querySelector('.detail');
    this.sparkline = new Sparkline(tile.querySelector('svg'), series);
  }

  show(value, detail, top) {
    this.value.textContent = value;
    this.detail.textContent = detail;
    this.sparkline.draw(top);
  }
}

/** Anybody may publish an event of this type; only one with all the figures is shown. */
function isWhole({cpu, memory, load, network}) {
  return [cpu?.percent, cpu?.cores, memory?.used, memory?.total, load?.one, load?.five, load?.fifteen,
    network?.received, network?.sent].every(Number.isFinite);
}

export class Gauges {
  constructor() {
    this.cpu = new Tile('cpu');
    this.memory = new Tile('memory');
    this.load = new Tile('load');
    this.network = new Tile('network', 2);
    this.tiles = [this.cpu, this.memory, this.load, this.network];
    this.sample = null;
    this.sampledAt = 0;
  }

  /** Takes the data of a `metrics` event; `render` shows it. */
  add(sample) {
    if (!isWhole(sample)) return;
    const time = Date.parse(sample.time);
    if (time - this.sampledAt > HOLE) this.tiles.forEach((tile) => tile.sparkline.clear());
    this.sampledAt = time;
    this.sample = sample;
    this.cpu.sparkline.push([sample.cpu.percent]);
    this.memory.sparkline.push([sample.memory.used]);
    this.load.sparkline.push([sample.load.one]);
    this.network.sparkline.push([sample.network.received, sample.network.sent]);
  }

  render() {
    if (!this.sample) return;
    const {cpu, memory, load, network} = this.sample;
    this.cpu.show(`${cpu.percent.toFixed(1)} %`, cpu.cores === 1 ? '1 core' : `${cpu.cores} cores`, 100);
    this.memory.show(bytes(memory.used), `of ${bytes(memory.total)}`, memory.total);
    this.load.show(load.one.toFixed(2),
      `5 m ${load.five.toFixed(2)} · 15 m ${load.fifteen.toFixed(2)}`, cpu.cores);
    this.network.show(`↓ ${rate(network.received)}`, `↑ ${rate(network.sent)}`, 10_000);
  }
}
