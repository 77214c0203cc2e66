// Keeps the page live: the server renders panels, this script puts them in place of the old ones without losing focus,
// scrolling, what was typed or what was unfolded. Nothing here computes a figure of the desk.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const page = document.body.dataset.page;
  const SILENCE_MS = 12000; // the server says something every five seconds
  let source = null;
  let lastHeard = 0; // of this connection
  let freshAt = Date.now(); // when what is shown was true
  let lastAt = "";

  const took = []; // milliseconds of the last patches, for whoever wants to know

  function age(ms) {
    const s = Math.round(ms / 1000);
    if (s < 90) return s + " s old";
    if (s < 5400) return Math.round(s / 60) + " min old";
    return Math.round(s / 3600) + " h old";
  }

  function show(state, text) {
    byId("link").dataset.state = state;
    if (byId("link-text").textContent !== text) byId("link-text").textContent = text;
    const lost = state === "lost";
    if (byId("lost").hidden === lost) byId("lost").hidden = !lost;
    document.body.classList.toggle("lost", lost);
    if (lost) {
      byId("lost-at").textContent = lastAt ? lastAt + " UTC" : "when it was loaded";
      byId("lost-age").textContent = age(Date.now() - freshAt);
    }
  }

  function stream() {
    const q = new URLSearchParams(location.search);
    q.set("page", page);
    return "/api/v1/stream?" + q;
  }

  function connect() {
    if (source) source.close();
    const mine = source = new EventSource(stream());
    mine.addEventListener("panel", (e) => {
      if (mine !== source) return;
      const panel = JSON.parse(e.data);
      const target = byId("panel-" + panel.id);
      if (!target) return;
      const began = performance.now();
      const fresh = document.createElement("template");
      fresh.innerHTML = panel.html; // rendered and escaped by the server's templates
      morph(target, fresh.content);
      target.removeAttribute("aria-busy");
      mark();
      took.push({ id: panel.id, ms: performance.now() - began });
      if (took.length > 200) took.shift();
    });
    mine.addEventListener("tick", (e) => {
      if (mine !== source) return;
      lastHeard = freshAt = Date.now();
      lastAt = JSON.parse(e.data).at;
      document.querySelectorAll("[aria-busy]").forEach((n) => n.removeAttribute("aria-busy"));
      show("live", "live");
    });
    mine.onerror = () => {
      if (mine !== source) return;
      show("lost", "disconnected");
      if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (mine === source) connect(); }, 2000);
    };
  }

  setInterval(() => {
    if (lastHeard && Date.now() - lastHeard > SILENCE_MS) { lastHeard = 0; show("lost", "disconnected"); connect(); }
    if (!byId("lost").hidden) byId("lost-age").textContent = age(Date.now() - freshAt);
  }, 1000);

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
      if (!same.isEqualNode(want)) update(same, want);
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
    const q = new URLSearchParams(location.search), parent = q.get("parent"), decision = q.get("decision");
    const set = (n, on) => { if (on) { if (!n.hasAttribute("aria-current")) n.setAttribute("aria-current", "true"); } else n.removeAttribute("aria-current"); };
    document.querySelectorAll("tr[data-parent]").forEach((n) => set(n, n.dataset.parent === parent));
    document.querySelectorAll("a[data-decision-link]").forEach((n) => set(n, n.dataset.decisionLink === decision));
  }

  // go shows another part of this page without loading it anew.
  function go(address) {
    const next = new URL(address, location.href);
    if (next.href !== location.href) history.pushState(null, "", next.pathname + next.search);
    for (const id of ["blotter", "parent", "decision"]) if (byId("panel-" + id)) byId("panel-" + id).setAttribute("aria-busy", "true");
    mark();
    connect();
  }

  document.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
    const link = e.target.closest("a[data-go]");
    if (link) { e.preventDefault(); go(link.href); return; }
    if (e.target.closest("a, button, input, select, summary, label")) return;
    const row = e.target.closest("tr[data-parent]");
    if (row && !getSelection().toString()) go(row.querySelector("[data-parent-link]").href);
  });

  // The filter works without this script; with it the blotter follows while one types.
  const filter = byId("panel-filter");
  if (filter) {
    let typing = 0;
    const apply = () => {
      const q = new URLSearchParams();
      for (const [key, value] of new FormData(filter)) if (value) q.set(key, value);
      go("/" + (String(q) ? "?" + q : ""));
    };
    filter.addEventListener("input", (e) => { clearTimeout(typing); typing = setTimeout(apply, e.target.type === "search" ? 250 : 0); });
    filter.addEventListener("submit", (e) => { e.preventDefault(); clearTimeout(typing); apply(); });
  }

  // The filter's fields follow the address when one goes back.
  addEventListener("popstate", () => {
    const q = new URLSearchParams(location.search);
    if (filter) for (const f of filter.querySelectorAll("[name]")) f.value = q.get(f.name) || "";
    mark();
    connect();
  });
  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", (e) => e.persisted && connect());
  window.sluice = { go, took };
  show("static", "connecting …");
  mark();
  connect();
})();
