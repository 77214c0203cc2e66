// The keyboard: j, k and the arrows walk the blotter, / finds, f follows the newest, figures change the page.
(() => {
  "use strict";
  const links = () => [...document.querySelectorAll("#panel-blotter [data-parent-link]")];

  function walk(step) {
    const all = links();
    if (!all.length) return false;
    let here = all.indexOf(document.activeElement);
    if (here < 0) here = all.findIndex((a) => a.closest("tr").hasAttribute("aria-current")) - (step > 0 ? 1 : -1);
    if (here < -1) here = -1;
    all[Math.min(Math.max(here + step, 0), all.length - 1)].focus();
    return true;
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const field = e.target.closest("input, textarea, select");
    if (e.key === "Escape" && field) { field.blur(); return; }
    if (field) return;
    const inBlotter = e.target.closest("#panel-blotter");
    let done = true;
    if (e.key === "j" || (e.key === "ArrowDown" && inBlotter)) done = walk(1);
    else if (e.key === "k" || (e.key === "ArrowUp" && inBlotter)) done = walk(-1);
    else if (e.key === "Home" && inBlotter) { const a = links(); if (a.length) a[0].focus(); }
    else if (e.key === "End" && inBlotter) { const a = links(); if (a.length) a[a.length - 1].focus(); }
    else if (e.key === "/" && document.getElementById("find")) document.getElementById("find").select();
    else if (e.key === "f" && document.body.dataset.page === "orders") window.sluice.go("/");
    else if (e.key >= "1" && e.key <= "9") { const a = document.querySelectorAll("nav a")[e.key - 1]; if (a) a.click(); else done = false; }
    else done = false;
    if (done) e.preventDefault();
  });
})();
