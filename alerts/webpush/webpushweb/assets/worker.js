// The service worker: shows what is pushed and opens it when it is pressed.
// Handles no request of any page. Depends on nothing.
"use strict";
(() => {
  const base = new URL("./", self.location.href);
  const icons = (url) => (url && new URL(url, base).origin === base.origin ? url : undefined);

  // own is a link of this site; whatever else a message says is its front page.
  const own = (url) => {
    try {
      const u = new URL(url);
      if (u.origin === base.origin) return u.href;
    } catch { /* none, or malformed */ }
    return base.origin + "/";
  };

  // Browsers want each push to show something, also one that cannot be read.
  const show = (m) => self.registration.showNotification(String(m.title || base.host), {
    body: String(m.body || ""), lang: m.lang || "", tag: String(m.tag || ""), icon: icons(m.icon),
    timestamp: Number(m.timestamp) || Date.now(), requireInteraction: m.sticky === true, data: { url: own(m.url) },
  });

  self.addEventListener("push", (event) => {
    let m = {};
    try {
      m = event.data.json() || {};
    } catch { /* shown without words */ }
    event.waitUntil(show(m));
  });

  const open = async (url) => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === url);
    return there ? there.focus() : self.clients.openWindow(url);
  };

  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(own((event.notification.data || {}).url)));
  });

  const post = (name, body) => fetch(new URL(name, base), {
    method: "POST", body: JSON.stringify(body), cache: "no-store", credentials: "same-origin", redirect: "error",
    headers: { "Content-Type": "application/json" },
  });

  // The push service gave the browser another endpoint, or took it away.
  const renew = async (old, fresh) => {
    let next = fresh || await self.registration.pushManager.getSubscription();
    if (!next && old) next = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: old.options.applicationServerKey });
    if (next) await post("subscribe", { subscription: next.toJSON(), old: old ? old.endpoint : "" });
  };

  self.addEventListener("pushsubscriptionchange", (event) => {
    event.waitUntil(renew(event.oldSubscription, event.newSubscription));
  });

  self.addEventListener("install", () => self.skipWaiting()); // no page depends on the one before
})();
