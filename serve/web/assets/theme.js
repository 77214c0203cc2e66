// Sets the chosen colours before the page is drawn. "auto" follows the system.
(() => {
  "use strict";
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const words = { auto: "Auto", dark: "Dark", light: "Light" };
  const order = ["auto", "dark", "light"];
  let theme = order.includes(kept()) ? kept() : "auto";
  const apply = () => { if (theme === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme; };
  apply();
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const say = () => {
      document.getElementById("theme-text").textContent = words[theme];
      button.setAttribute("aria-label", "Colours: " + words[theme] + ". Change");
    };
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      try { localStorage.setItem("theme", theme); } catch { /* kept for this page only */ }
      apply();
      say();
    });
  });
})();
