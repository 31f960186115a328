// Live feedback on a new password. The server judges; this only shows what it
// says. Without scripts the form's handler says the same once it is sent.
"use strict";
(() => {
  const pause = 250; // ms after the last key
  const personal = ["name", "email", "phone", "id", "birth"];

  const watch = (box) => {
    const input = box.querySelector("input");
    const button = box.querySelector("[data-reveal]");
    const strength = box.querySelector("[data-strength]");
    const meter = strength.querySelector("meter");
    const live = box.querySelector("[data-live]");
    let timer, running, notBefore = 0;

    const mark = (li, rule) => {
      if (rule) li.dataset.ok = String(rule.ok);
      else delete li.dataset.ok;
      li.hidden = "quiet" in li.dataset && (!rule || rule.ok);
      li.querySelector("[data-state]").textContent = rule ? rule.state + " " : "";
      li.querySelector("[data-text]").textContent = rule ? rule.text : li.dataset.plain;
    };

    const show = (report) => {
      const rules = new Map((report ? report.rules : []).map((rule) => [rule.rule, rule]));
      for (const li of box.querySelectorAll("li[data-rule]")) mark(li, rules.get(li.dataset.rule));
      strength.hidden = !report;
      meter.value = report ? report.score : 0;
      meter.textContent = report ? report.verdict : "";
      strength.querySelector("[data-verdict]").textContent = report ? report.verdict : "";
      strength.querySelector("[data-advice]").textContent = report ? report.advice : "";
      live.textContent = report ? report.summary : "";
    };

    const body = () => {
      const out = { password: input.value, lang: box.dataset.lang };
      for (const name of personal) {
        const other = input.form && input.form.elements.namedItem(name);
        if (other && other !== input && typeof other.value === "string") out[name] = other.value;
      }
      return JSON.stringify(out);
    };

    const ask = async () => {
      if (running) running.abort();
      if (!input.value) return show(null);
      const mine = running = new AbortController();
      try {
        const res = await fetch(box.dataset.check, {
          method: "POST", body: body(), signal: mine.signal, cache: "no-store", credentials: "same-origin",
          headers: { "Content-Type": "application/json" }, redirect: "error", referrerPolicy: "same-origin",
        });
        if (res.status === 429) {
          notBefore = Date.now() + 1000 * (Number(res.headers.get("Retry-After")) || 1);
          return later();
        }
        const report = res.ok ? await res.json() : null;
        if (report && mine === running) show(report);
      } catch { /* offline, or overtaken by the next key: the form still checks */ }
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, Math.max(pause, notBefore - Date.now()));
    };

    (input.form || input).addEventListener("input", later);
    button.hidden = false;
    const reveal = (on) => {
      input.type = on ? "text" : "password";
      button.setAttribute("aria-pressed", String(on));
    };
    button.addEventListener("click", () => reveal(input.type === "password"));
    if (input.form) {
      input.form.method = "post"; // by GET the password would be in the address
      input.form.addEventListener("submit", () => reveal(false));
    }
    if (input.value) later();
  };

  for (const box of document.querySelectorAll("[data-accountsec-password]")) watch(box);
})();
