// Live feedback on a new password. The server judges; this only shows what it
// says. Without scripts the same list is shown after sending the form.
"use strict";
for (const input of document.querySelectorAll("input[data-check]")) {
  const box = document.getElementById(input.dataset.feedback);
  const strength = box.querySelector(".strength");
  const live = box.querySelector("[aria-live]");
  let timer, running;

  const show = (report, quiet) => {
    for (const rule of report.rules) {
      const li = box.querySelector(`li[data-rule="${CSS.escape(rule.rule)}"]`);
      if (!li) continue;
      li.dataset.ok = String(rule.ok);
      li.querySelector(".text").textContent = rule.text;
      li.querySelector(".vh").textContent = rule.mark;
    }
    strength.dataset.score = report.score;
    box.querySelector(".verdict").textContent = report.verdict;
    box.querySelector(".advice").textContent = report.advice;
    if (!quiet) live.textContent = report.spoken;
  };

  const reset = () => {
    for (const li of box.querySelectorAll("li[data-rule]")) {
      li.removeAttribute("data-ok");
      li.querySelector(".vh").textContent = "";
    }
    strength.removeAttribute("data-score");
    for (const sel of [".verdict", ".advice"]) box.querySelector(sel).textContent = "";
    live.textContent = "";
  };

  const check = async () => {
    running?.abort();
    if (!input.value) return reset();
    running = new AbortController();
    const body = { password: input.value };
    for (const name of ["name", "email", "phone", "birth"]) {
      const other = input.form.elements.namedItem(name);
      if (other) body[name] = other.value;
    }
    try {
      const res = await fetch(input.dataset.check, {
        method: "POST", body: JSON.stringify(body), signal: running.signal,
        headers: { "Content-Type": "application/json" }, credentials: "same-origin",
      });
      if (res.ok) show(await res.json());
    } catch { /* offline, or overtaken by the next key: the form still checks */ }
  };

  input.form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 250);
  });
  if (input.value) check();
}
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const target = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = target.type === "text";
    target.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.textContent = shown ? button.dataset.show : button.dataset.hide;
  });
}
