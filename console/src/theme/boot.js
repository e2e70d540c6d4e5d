// Runs before anything is painted (tooling/theme_before_paint.ts), so it is small and needs nothing.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem('weir.theme');
  } catch {
    // Storage may be forbidden; the system's choice is then the only one.
  }
  var dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
