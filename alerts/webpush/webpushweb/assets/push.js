// Switches notifications on and off in this browser. Asks for the browser's
// permission when a button is pressed and never before. Depends on nothing.
"use strict";
(() => {
  const patience = 20000; // ms for a request
  const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const same = (buffer, key) => {
    const a = new Uint8Array(buffer || []);
    return a.length === key.length && a.every((byte, i) => byte === key[i]);
  };

  // Trouble has the server's text, or the name of a text of the page.
  class Trouble extends Error {
    constructor(name, text) {
      super(name);
      this.name = name;
      this.text = text;
    }
  }

  // active waits until the worker runs.
  const active = (registration) => new Promise((resolve, reject) => {
    const worker = registration.installing || registration.waiting || registration.active;
    const look = () => {
      if (worker.state === "activated") resolve(registration);
      if (worker.state === "redundant") reject(new Trouble("failed"));
    };
    worker.addEventListener("statechange", look);
    look();
  });

  const wire = (box) => {
    const path = box.dataset.accountsecPush;
    const texts = JSON.parse(box.dataset.texts);
    const line = box.querySelector("[data-say]");
    const devices = box.querySelector("[data-devices]");
    // Buttons are made here, not hidden in the page: a page's styles may show
    // what is hidden.
    const button = (text, does) => {
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = text;
      b.addEventListener("click", () => run(does));
      return b;
    };
    const say = (text, bad) => {
      line.toggleAttribute("data-bad", Boolean(bad));
      line.textContent = text || "";
    };

    const post = async (name, body) => {
      let res, out;
      try {
        res = await fetch(path + name, {
          method: "POST", body: JSON.stringify(body), cache: "no-store", credentials: "same-origin", redirect: "error",
          headers: { "Content-Type": "application/json", "Accept-Language": box.dataset.lang }, signal: AbortSignal.timeout ? AbortSignal.timeout(patience) : undefined,
        });
        out = await res.json();
      } catch {
        throw new Trouble(res ? "failed" : "offline");
      }
      if (!res.ok) throw new Trouble("failed", out.error && out.error.text);
      return out;
    };

    // A page may have a worker of its own above ours.
    const registered = async () => {
      const r = await navigator.serviceWorker.getRegistration(path);
      return r && r.scope === new URL(path, location.href).href ? r : undefined;
    };
    const current = async () => {
      const r = await registered();
      return r ? r.pushManager.getSubscription() : null;
    };

    const row = (device) => {
      const li = document.createElement("li");
      const when = new Date(device.added).toLocaleDateString(box.dataset.lang);
      li.append([device.label, device.this && texts.this, texts.added + " " + when].filter(Boolean).join(" · ") + " ");
      const remove = button(texts.remove, () => (device.this ? stop(device.id) : post("remove", { id: device.id })));
      remove.setAttribute("aria-label", texts.remove + ": " + device.label);
      li.append(remove);
      return li;
    };

    const show = (list) => {
      const toggle = mine ? button(texts.stop, () => stop(mine)) : button(texts.start, start);
      toggle.setAttribute(mine ? "data-off" : "data-on", "");
      box.querySelector("[data-switch]").replaceChildren(toggle);
      const title = document.createElement("p");
      title.textContent = texts.title;
      const rows = document.createElement("ul");
      rows.append(...list.map(row));
      devices.replaceChildren(...(list.length ? [title, rows] : []));
    };

    let key; // what to subscribe to
    let mine; // this browser's id, if the account has it

    const refresh = async () => {
      const subscription = await current();
      const list = await post("list", { endpoint: subscription ? subscription.endpoint : "" });
      key = bytes(list.key);
      mine = (list.devices.find((device) => device.this) || {}).id;
      show(list.devices);
    };

    const start = async () => {
      if (await Notification.requestPermission() !== "granted") throw new Trouble("denied");
      const r = await active(await navigator.serviceWorker.register(path + "worker.js", { scope: path, updateViaCache: "none" }));
      let subscription = await r.pushManager.getSubscription();
      if (subscription && !same(subscription.options.applicationServerKey, key)) {
        await subscription.unsubscribe(); // to keys that the shop has no more
        subscription = null;
      }
      subscription = subscription || await r.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await post("subscribe", { subscription: subscription.toJSON() });
    };

    const stop = async (id) => {
      await post("remove", { id });
      const subscription = await current();
      if (subscription) await subscription.unsubscribe();
    };

    // run does what a button asks for, one at a time, and shows what came of it.
    const run = async (what) => {
      const buttons = box.querySelectorAll("button");
      for (const b of buttons) b.disabled = true;
      say(texts.waiting);
      try {
        await what();
        await refresh();
        say(mine ? texts.on : texts.off);
      } catch (e) {
        say(e.text || texts[e.name] || texts.failed, true);
      } finally {
        for (const b of buttons) b.disabled = false;
      }
    };

    if (!supported) return;
    box.querySelector("[data-unsupported]").remove();
    run(() => undefined);
  };

  for (const box of document.querySelectorAll("[data-accountsec-push]")) wire(box);
})();
