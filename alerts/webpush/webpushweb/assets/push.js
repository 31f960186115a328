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
    const on = box.querySelector("[data-on]");
    const off = box.querySelector("[data-off]");
    const line = box.querySelector("[data-say]");
    const devices = box.querySelector("[data-devices]");
    const say = (text, bad) => {
      line.toggleAttribute("data-bad", Boolean(bad));
      line.textContent = text || "";
    };

    const post = async (name, body) => {
      let res, out;
      try {
        res = await fetch(path + name, {
          method: "POST", body: JSON.stringify({ lang: box.dataset.lang, ...body }), cache: "no-store", credentials: "same-origin", redirect: "error",
          headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout ? AbortSignal.timeout(patience) : undefined,
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
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = texts.remove;
      button.setAttribute("aria-label", texts.remove + ": " + device.label);
      button.addEventListener("click", () => run(() => (device.this ? stop(device.id) : post("remove", { id: device.id }))));
      li.append(button);
      return li;
    };

    let key; // what to subscribe to
    let mine; // this browser's id, if the account has it

    const refresh = async () => {
      const subscription = await current();
      const list = await post("list", { endpoint: subscription ? subscription.endpoint : "" });
      key = bytes(list.key);
      mine = (list.devices.find((device) => device.this) || {}).id;
      on.hidden = Boolean(mine);
      off.hidden = !mine;
      devices.hidden = list.devices.length === 0;
      devices.querySelector("ul").replaceChildren(...list.devices.map(row));
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
      for (const button of buttons) button.disabled = true;
      say(texts.waiting);
      try {
        await what();
        await refresh();
        say(mine ? texts.on : texts.off);
      } catch (e) {
        say(e.text || texts[e.name] || texts.failed, true);
      } finally {
        for (const button of buttons) button.disabled = false;
      }
    };

    on.addEventListener("click", () => run(start));
    off.addEventListener("click", () => run(() => stop(mine)));
    if (!supported) return;
    box.querySelector("[data-unsupported]").hidden = true;
    run(() => undefined);
  };

  for (const box of document.querySelectorAll("[data-accountsec-push]")) wire(box);
})();
