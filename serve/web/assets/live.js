// Keeps the page live: the server renders panels, this script puts them in place of the old ones without losing focus,
// scrolling or what was unfolded. Nothing here computes a figure.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const SILENCE_MS = 12000; // the server says something every five seconds
  let source = null;
  let lastHeard = 0;
  let lastAt = "";

  const param = (name) => new URLSearchParams(location.search).get(name);

  function show(state, text) {
    byId("link").dataset.state = state;
    if (byId("link-text").textContent !== text) byId("link-text").textContent = text;
    byId("lost").hidden = state !== "lost";
    document.body.classList.toggle("lost", state === "lost");
    if (state === "lost") byId("lost-at").textContent = lastAt || "when it was loaded";
  }

  function connect() {
    if (source) source.close();
    source = new EventSource("/api/v1/stream" + location.search);
    source.addEventListener("panel", (e) => {
      const panel = JSON.parse(e.data);
      const target = byId("panel-" + panel.id);
      if (!target) return;
      const fresh = document.createElement("template");
      fresh.innerHTML = panel.html; // rendered and escaped by the server's templates
      morph(target, fresh.content);
      target.removeAttribute("aria-busy");
      mark();
    });
    source.addEventListener("tick", (e) => {
      lastHeard = Date.now();
      lastAt = JSON.parse(e.data).at;
      document.querySelectorAll("[aria-busy]").forEach((n) => n.removeAttribute("aria-busy"));
      show("live", "live");
    });
    source.onerror = () => {
      show("lost", "disconnected");
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    };
  }

  setInterval(() => {
    if (lastHeard && Date.now() - lastHeard > SILENCE_MS) { show("lost", "disconnected"); lastHeard = 0; connect(); }
  }, 2000);

  // morph makes the children of old those of fresh, keeping elements that are the same by data-key or by place.
  function morph(old, fresh) {
    const keyed = new Map();
    for (const n of old.children) if (n.dataset && n.dataset.key) keyed.set(n.dataset.key, n);
    let at = old.firstChild;
    for (const want of [...fresh.childNodes]) {
      const key = want.dataset && want.dataset.key;
      let same = null;
      if (key) same = keyed.get(key) || null;
      else if (at && at.nodeName === want.nodeName && !(at.dataset && at.dataset.key)) same = at;
      if (!same) { old.insertBefore(want, at); continue; }
      if (same === at) at = at.nextSibling; else old.insertBefore(same, at);
      update(same, want);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  }

  function update(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const a of [...old.attributes]) {
      if (!fresh.hasAttribute(a.name) && !(a.name === "open" && old.nodeName === "DETAILS") && a.name !== "aria-current") old.removeAttribute(a.name);
    }
    for (const a of fresh.attributes) if (old.getAttribute(a.name) !== a.value) old.setAttribute(a.name, a.value);
    morph(old, fresh);
  }

  // mark shows which rows are selected.
  function mark() {
    const parent = param("parent"), decision = param("decision");
    const set = (n, on) => { if (on) n.setAttribute("aria-current", "true"); else n.removeAttribute("aria-current"); };
    document.querySelectorAll("tr[data-parent]").forEach((n) => set(n, n.dataset.parent === parent));
    document.querySelectorAll(".decisions li").forEach((n) => set(n, n.dataset.key === "d" + decision));
  }

  function select(query) {
    history.pushState(null, "", query ? "/?" + query : "/");
    byId("panel-parent").setAttribute("aria-busy", "true");
    byId("panel-decision").setAttribute("aria-busy", "true");
    mark();
    connect();
  }

  document.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
    const link = e.target.closest("[data-parent-link], [data-decision-link]");
    if (link) { e.preventDefault(); select(new URL(link.href).search.slice(1)); return; }
    const row = e.target.closest("tr[data-parent]");
    if (row && !getSelection().toString()) select("parent=" + row.dataset.parent);
  });

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select")) return;
    if (e.key === "f") { select(""); return; }
    if (e.key !== "j" && e.key !== "k") return;
    const links = [...document.querySelectorAll("#panel-parents [data-parent-link]")];
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? 0 : Math.min(Math.max(here + (e.key === "j" ? 1 : -1), 0), links.length - 1);
    links[next].focus();
    e.preventDefault();
  });

  addEventListener("popstate", () => { mark(); connect(); });
  addEventListener("pagehide", () => source && source.close());
  show("static", "connecting …");
  mark();
  connect();
})();
