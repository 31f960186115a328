// Runs the service worker in an empty world and tells what it did there.
"use strict";
const fs = require("fs");
const vm = require("vm");

const did = [];
const handlers = {};
const pages = [];
const note = (what) => (...args) => { did.push([what, ...args]); return Promise.resolve(); };
const subscription = (endpoint) => ({ endpoint, options: { applicationServerKey: "key" }, toJSON: () => ({ endpoint }) });
const self = {
  location: { href: "https://shop.example/push/worker.js" },
  addEventListener: (name, handler) => { handlers[name] = handler; },
  skipWaiting: note("skipWaiting"),
  registration: {
    showNotification: note("show"),
    pushManager: {
      getSubscription: () => Promise.resolve(null),
      subscribe: (o) => { did.push(["subscribe", o]); return Promise.resolve(subscription("https://again")); },
    },
  },
  clients: { matchAll: () => Promise.resolve(pages), openWindow: note("open") },
};
const fetch = (url, o) => { did.push(["fetch", String(url), o.method, JSON.parse(o.body), o.headers["Content-Type"], o.credentials]); return Promise.resolve(); };
vm.runInNewContext(fs.readFileSync("assets/worker.js", "utf8"), { self, URL, fetch });

const fire = async (name, event) => {
  did.length = 0;
  let until;
  handlers[name]({ ...event, waitUntil: (p) => { until = p; } });
  await until;
  return did.slice();
};
const push = (text) => fire("push", text === undefined ? {} : { data: { json: () => JSON.parse(text) } });
const click = (url) => fire("notificationclick", { notification: { close: note("close"), data: url === undefined ? undefined : { url } } });

(async () => {
  const out = {};
  out.full = await push(JSON.stringify({ title: "T", body: "B", lang: "ko", tag: "d1", url: "https://shop.example/security", icon: "https://shop.example/i.png", timestamp: 5, sticky: true }));
  out.foreign = await push(JSON.stringify({ title: "T", url: "https://evil.example/", icon: "https://evil.example/i.png" }));
  out.broken = [await push("{"), await push("null"), await push("7"), await push(undefined)];
  out.clicks = [];
  for (const url of ["https://shop.example/a", "https://evil.example/", "http://shop.example/", "javascript:alert(1)", "//evil.example", "https://shop.example.evil.example/", "", undefined]) out.clicks.push(await click(url));
  pages.push({ url: "https://shop.example/other", focus: note("focus other") }, { url: "https://shop.example/a", focus: note("focus") });
  out.focused = await click("https://shop.example/a");
  out.changed = await fire("pushsubscriptionchange", { oldSubscription: subscription("https://old"), newSubscription: subscription("https://new") });
  out.expired = await fire("pushsubscriptionchange", { oldSubscription: subscription("https://old"), newSubscription: null });
  out.lost = await fire("pushsubscriptionchange", { oldSubscription: null, newSubscription: null });
  console.log(JSON.stringify(out));
})();
