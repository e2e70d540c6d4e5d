// The look. Every colour and size that an application may want otherwise is a custom property, which it sets on the element.

const text = `
:host {
  --_ground: var(--weir-bell-ground, #ffffff);
  --_sunken: var(--weir-bell-sunken, #f1f4f6);
  --_hover: var(--weir-bell-hover, #e9eef1);
  --_ink: var(--weir-bell-ink, #16222c);
  --_muted: var(--weir-bell-muted, #526270);
  --_line: var(--weir-bell-line, #dfe5e9);
  --_accent: var(--weir-bell-accent, #0a6885);
  --_accent-soft: var(--weir-bell-accent-soft, #eaf5f9);
  --_badge: var(--weir-bell-badge, #c22a20);
  --_on-badge: var(--weir-bell-on-badge, #ffffff);
  --_good: var(--weir-bell-good, #12805a);
  --_warn: var(--weir-bell-warn, #8a5a00);
  --_bad: var(--weir-bell-bad, #ad2e25);
  --_polling: var(--weir-bell-polling, #d08a00);
  --_offline: var(--weir-bell-offline, #7d8b96);
  --_shadow: var(--weir-bell-shadow, 0 12px 32px rgb(16 32 44 / 18%), 0 2px 6px rgb(16 32 44 / 10%));
  --_radius: var(--weir-bell-radius, 10px);
  --_width: var(--weir-bell-width, 400px);
  --_z: var(--weir-bell-z, 1000);
  position: relative;
  display: inline-block;
  color: var(--_ink);
  font: var(--weir-bell-font, 13.5px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif);
  color-scheme: light;
}
:host([hidden]) { display: none; }
:host([data-theme="dark"]) {
  --_ground: var(--weir-bell-ground, #131b21);
  --_sunken: var(--weir-bell-sunken, #0e151a);
  --_hover: var(--weir-bell-hover, #1f2b34);
  --_ink: var(--weir-bell-ink, #e4ebf0);
  --_muted: var(--weir-bell-muted, #9aabb7);
  --_line: var(--weir-bell-line, #26333d);
  --_accent: var(--weir-bell-accent, #57c3df);
  --_accent-soft: var(--weir-bell-accent-soft, #12262e);
  --_badge: var(--weir-bell-badge, #f58a7f);
  --_on-badge: var(--weir-bell-on-badge, #3b0f0a);
  --_good: var(--weir-bell-good, #55d092);
  --_warn: var(--weir-bell-warn, #e6b94e);
  --_bad: var(--weir-bell-bad, #f58a7f);
  --_polling: var(--weir-bell-polling, #e6b94e);
  --_offline: var(--weir-bell-offline, #7d8b96);
  --_shadow: var(--weir-bell-shadow, 0 16px 40px rgb(0 0 0 / 55%), 0 0 0 1px #2b3944);
  color-scheme: dark;
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
button { font: inherit; color: inherit; }
a { color: var(--_accent); }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; border-radius: 4px; }
.icon { flex: none; width: 1.35em; height: 1.35em; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; overflow: hidden; width: 1px; height: 1px; margin: -1px; clip-path: inset(50%); white-space: nowrap; }

.bell { position: relative; display: inline-flex; align-items: center; justify-content: center; width: var(--weir-bell-size, 36px); height: var(--weir-bell-size, 36px); padding: 0; border: 0; border-radius: 8px; background: none; color: var(--_ink); cursor: pointer; }
.bell:hover, .bell[aria-expanded="true"] { background: var(--_hover); }
.bell .icon { width: 19px; height: 19px; }
.badge { position: absolute; top: -3px; right: -4px; min-width: 17px; padding: 0 4px; border-radius: 9px; background: var(--_badge); color: var(--_on-badge); font-size: 11px; font-weight: 650; line-height: 17px; text-align: center; font-variant-numeric: tabular-nums; }
.dot { display: inline-block; flex: none; width: 8px; height: 8px; border-radius: 50%; border: 2px solid var(--_offline); background: var(--_ground); }
.bell .dot { position: absolute; right: 3px; bottom: 3px; outline: 2px solid var(--_ground); }
[data-status="live"] .dot { border-color: var(--_good); background: var(--_good); }
[data-status="polling"] .dot { border-color: var(--_polling); background: linear-gradient(90deg, var(--_polling) 50%, var(--_ground) 50%); }

.panel { position: absolute; z-index: var(--_z); top: calc(100% + 8px); right: 0; display: flex; flex-direction: column; width: min(var(--_width), calc(100vw - 16px)); max-height: min(600px, calc(100vh - var(--_top, 60px) - 16px)); overflow: hidden; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); box-shadow: var(--_shadow); text-align: left; white-space: normal; cursor: auto; }
.panel[data-place="start"] { right: auto; left: 0; }
.panel[data-place="screen"] { position: fixed; top: var(--_top); right: 8px; left: 8px; width: auto; }
.panel__head { display: flex; gap: 4px 8px; align-items: center; padding: 10px 8px 6px 14px; }
.panel__title { font-size: 15px; font-weight: 650; line-height: 22px; }
.panel__error { margin: 0 14px 8px; color: var(--_bad); overflow-wrap: anywhere; }
.status { display: inline-flex; gap: 5px; align-items: center; margin-right: auto; color: var(--_muted); font-size: 12px; white-space: nowrap; }
.panel__body { flex: 1; min-height: 96px; overflow-y: auto; overscroll-behavior: contain; outline-offset: -2px; }
.tool { display: inline-flex; align-items: center; justify-content: center; width: 28px; height: 28px; padding: 0; border: 0; border-radius: 6px; background: none; color: var(--_muted); cursor: pointer; }
.tool[aria-disabled="true"] { opacity: .45; cursor: default; }
.tool:hover, .tool[aria-expanded="true"] { background: var(--_hover); color: var(--_ink); }
.quiet { display: inline-flex; gap: 5px; align-items: center; min-height: 28px; padding: 0 8px; border: 0; border-radius: 6px; background: none; color: var(--_accent); font-size: 12.5px; font-weight: 550; white-space: nowrap; cursor: pointer; }
.quiet:hover { background: var(--_hover); }
.older { display: flex; justify-content: center; width: 100%; min-height: 40px; border-radius: 0; }
.empty { padding: 32px 16px; color: var(--_muted); text-align: center; overflow-wrap: anywhere; }

.tabs { display: flex; padding: 0 6px; border-bottom: 1px solid var(--_line); overflow-x: auto; white-space: nowrap; }
.tab { min-height: 34px; padding: 0 9px; outline-offset: -2px; border: 0; border-bottom: 2px solid transparent; background: none; color: var(--_muted); font-weight: 550; cursor: pointer; font-variant-numeric: tabular-nums; }
.tab:hover { color: var(--_ink); }
.tab[aria-selected="true"] { border-bottom-color: var(--_accent); color: var(--_accent); }

.item { display: flex; gap: 10px; padding: 10px 12px 6px 14px; border-bottom: 1px solid var(--_line); }
.item:last-child { border-bottom: 0; }
.item[data-unread] { background: var(--_accent-soft); box-shadow: inset 3px 0 0 var(--_accent); }
.item__sign { margin-top: 1px; color: var(--_muted); }
[data-severity="success"] > .item__sign { color: var(--_good); }
[data-severity="warning"] > .item__sign { color: var(--_warn); }
[data-severity="critical"] > .item__sign { color: var(--_bad); }
.item__main { flex: 1; min-width: 0; }
.item__line { overflow-wrap: anywhere; }
.item__title { color: var(--_ink); font-weight: 550; }
.item[data-unread] .item__title { font-weight: 650; }
a.item__title { text-decoration: underline; text-decoration-color: var(--_muted); text-underline-offset: 3px; }
a.item__title:hover { color: var(--_accent); text-decoration-color: currentColor; }
.item__count { margin-left: 6px; padding: 0 6px; border-radius: 8px; background: var(--_hover); font-size: 12px; }
.item__body, .toast__body { display: -webkit-box; overflow: hidden; color: var(--_muted); -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow-wrap: anywhere; }
.item__actions { display: flex; flex-wrap: wrap; gap: 6px; padding-top: 6px; }
.action { padding: 3px 10px; border: 1px solid var(--_line); border-radius: 6px; background: var(--_ground); color: var(--_accent); font-size: 12.5px; font-weight: 550; text-decoration: none; }
.action:hover { background: var(--_hover); }
.item__foot { display: flex; align-items: center; min-height: 30px; }
.item__time { margin-right: auto; color: var(--_muted); font-size: 12px; }
.item__tools { display: flex; }
.snooze { position: relative; }
.menu { position: absolute; z-index: 1; top: 100%; right: 0; min-width: 190px; padding: 4px; border-radius: 8px; background: var(--_ground); box-shadow: var(--_shadow); }
.menu__item { display: block; width: 100%; min-height: 32px; padding: 0 10px; border: 0; border-radius: 5px; background: none; text-align: left; cursor: pointer; }
.menu__item:hover, .menu__item:focus { background: var(--_hover); }

.toasts { position: fixed; z-index: var(--_z); inset: var(--weir-bell-toasts, auto 16px 16px auto); display: grid; gap: 8px; width: min(340px, calc(100vw - 32px)); text-align: left; }
.toast { display: flex; gap: 10px; padding: 10px 8px 10px 14px; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); box-shadow: var(--_shadow); }
.toast[data-severity="critical"] { border-color: var(--_bad); }
.toast__main { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.toast__title { font-weight: 600; }
.toast .tool { margin-top: -4px; }
.link { padding: 0; border: 0; background: none; color: var(--_accent); text-align: left; cursor: pointer; }
::slotted([slot="footer"]) { display: block; padding: 8px 14px; border-top: 1px solid var(--_line); text-align: center; }
@media (prefers-reduced-motion: no-preference) {
  .toast { animation: come 160ms ease-out; }
  @keyframes come { from { opacity: 0; transform: translateY(6px); } }
}
@media (pointer: coarse) {
  .tool { width: 36px; height: 36px; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** Gives a shadow root the look. As a sheet and not as an element, which many a page's policy forbids. */
export function useStyle(root: ShadowRoot): void {
  if (!('adoptedStyleSheets' in root)) return;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
  }
  root.adoptedStyleSheets = [sheet];
}
