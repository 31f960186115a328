// Passkeys: asks the browser what the server wants to know, and the server what
// the browser says. The server judges. Depends on nothing.
"use strict";
(() => {
  const patience = 20000; // ms for a request
  const PKC = window.PublicKeyCredential;
  let running; // the browser has one ceremony at a time

  // Older browsers lack the JSON forms of WebAuthn Level 3.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const base64url = (buffer) =>
    buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const list = (credentials) => (credentials || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const creation = (o) => (PKC.parseCreationOptionsFromJSON ? PKC.parseCreationOptionsFromJSON(o) : {
    ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: list(o.excludeCredentials),
  });
  const request = (o) => (PKC.parseRequestOptionsFromJSON ? PKC.parseRequestOptionsFromJSON(o) : {
    ...o, challenge: bytes(o.challenge), allowCredentials: list(o.allowCredentials),
  });

  const plain = (credential) => {
    try {
      if (credential.toJSON) return credential.toJSON();
    } catch { /* some password managers put their own object in place */ }
    const r = credential.response;
    return {
      id: credential.id, rawId: base64url(credential.rawId), type: credential.type, clientExtensionResults: {},
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      response: {
        clientDataJSON: base64url(r.clientDataJSON), attestationObject: base64url(r.attestationObject),
        transports: r.getTransports ? r.getTransports() : undefined,
        authenticatorData: base64url(r.authenticatorData), signature: base64url(r.signature), userHandle: base64url(r.userHandle) || undefined,
      },
    };
  };

  // Trouble has the server's code and text, or the code of a text of the page.
  class Trouble extends Error {
    constructor(code, text) {
      super(code);
      this.code = code;
      this.text = text;
    }
  }

  const post = async (url, body) => {
    let res, out;
    try {
      res = await fetch(url, {
        method: "POST", body: JSON.stringify(body), cache: "no-store", credentials: "same-origin", redirect: "error",
        headers: { "Content-Type": "application/json" }, referrerPolicy: "same-origin",
        signal: AbortSignal.timeout ? AbortSignal.timeout(patience) : undefined,
      });
      out = await res.json();
    } catch {
      throw new Trouble(res ? "fault" : "offline");
    }
    if (!res.ok) throw new Trouble((out.error && out.error.code) || "fault", out.error && out.error.text);
    return out;
  };

  // What the browser's own refusals mean (WebAuthn Level 3 §5.1.3 and §5.1.4).
  const refusals = { NotAllowedError: "cancelled", InvalidStateError: "already", SecurityError: "blocked", AbortError: "aborted" };

  // ask runs the browser's part. A ceremony that waits in the autofill gives way.
  const ask = async (how) => {
    if (running) running.abort();
    const mine = running = new AbortController();
    try {
      const credential = await how(mine.signal);
      if (!credential) throw new Trouble("cancelled");
      return plain(credential);
    } catch (e) {
      if (e instanceof Trouble) throw e;
      throw new Trouble(refusals[e.name] || "fault");
    } finally {
      if (running === mine) running = undefined;
    }
  };

  const create = (options) => ask((signal) => navigator.credentials.create({ publicKey: creation(options), signal }));
  const get = (options, mediation) => ask((signal) => navigator.credentials.get({ publicKey: request(options), signal, mediation }));

  const wire = (box) => {
    const kind = box.dataset.accountsecPasskey;
    const texts = JSON.parse(box.dataset.texts);
    const go = box.querySelector("[data-go]");
    const line = box.querySelector("[data-say]");
    let fills = false; // whether the autofill can be used
    const say = (text, bad) => {
      line.toggleAttribute("data-bad", Boolean(bad));
      line.textContent = text || "";
    };

    const sent = (more) => {
      const fields = {};
      for (const input of box.querySelectorAll("input[name]")) fields[input.name] = input.value;
      return { lang: box.dataset.lang, factor: box.dataset.factor || "", fields, ...more };
    };

    const leave = (next) => {
      const event = new CustomEvent("accountsec-passkey", { bubbles: true, cancelable: true, detail: { kind, next } });
      if (!box.dispatchEvent(event) || !next) return;
      if (new URL(next, location.href).origin === location.origin) location.assign(next);
    };

    const done = (out) => {
      say(texts.done);
      const codes = box.querySelector("[data-codes]");
      if (!codes || !out.recoveryCodes) return leave(out.next);
      codes.querySelector("ol").replaceChildren(...out.recoveryCodes.map((code) => {
        const item = document.createElement("li");
        item.textContent = code;
        return item;
      }));
      codes.querySelector("[data-sheet]").textContent = out.recoverySheet;
      codes.querySelector("[data-download]").href = "data:text/plain;charset=utf-8," + encodeURIComponent(out.recoverySheet);
      codes.querySelector("[data-print]").addEventListener("click", () => window.print());
      for (const over of box.querySelectorAll("[data-go],[data-field]")) over.hidden = true;
      codes.hidden = false;
      codes.querySelector("[data-continue]").addEventListener("click", () => leave(out.next), { once: true });
    };

    const trouble = (e) => {
      const code = e instanceof Trouble ? e.code : "fault";
      if (code !== "aborted") say((e instanceof Trouble && e.text) || texts[code] || texts.fault, true);
    };

    // begin gets the options. Where a fresh proof is needed, it is a typed code, or
    // a passkey, which the browser is asked for first.
    const begin = async () => {
      const code = box.querySelector("[data-code]");
      if (code) return post(box.dataset.options, sent({ provedBy: box.dataset.proveBy, response: code.value }));
      try {
        return await post(box.dataset.options, sent());
      } catch (e) {
        if (!(e instanceof Trouble) || e.code !== "proof" || !box.dataset.prove) throw e;
        const provedBy = box.dataset.proveBy;
        const asked = await post(box.dataset.prove, sent({ factor: provedBy }));
        return post(box.dataset.options, sent({ provedBy, response: await get(asked.options) }));
      }
    };

    const end = async (begun, response) => done(await post(box.dataset.finish, sent({ factor: begun.factor || box.dataset.factor || "", response })));

    // offer puts passkeys into the autofill of the page's own input, and asks anew
    // before the options end. Until a passkey is chosen it troubles nobody.
    const offer = async () => {
      let timer, over, chosen;
      try {
        const begun = await post(box.dataset.options, sent());
        const waiting = get(begun.options, "conditional");
        const mine = running;
        timer = setTimeout(() => {
          over = true;
          mine.abort();
        }, begun.seconds * 800);
        const response = await waiting;
        chosen = true;
        await end(begun, response);
      } catch (e) {
        if (chosen) return trouble(e);
        if (over) return offer();
      } finally {
        clearTimeout(timer);
      }
    };

    const run = async () => {
      go.disabled = true;
      say(texts.waiting);
      try {
        const begun = await begin();
        await end(begun, kind === "enroll" ? await create(begun.options) : await get(begun.options));
      } catch (e) {
        trouble(e);
        if (e instanceof Trouble && e.code === "cancelled" && fills) offer();
      } finally {
        go.disabled = false;
      }
    };

    for (const hidden of box.querySelectorAll("[data-go],[data-field]")) hidden.hidden = false;
    box.querySelector("[data-unsupported]").hidden = true;
    go.addEventListener("click", run);
    if ("autofill" in box.dataset && PKC.isConditionalMediationAvailable && document.querySelector('[autocomplete~="webauthn"]')) {
      PKC.isConditionalMediationAvailable().then((can) => {
        fills = can;
        if (can) offer();
      }, () => {});
    }
  };

  if (!PKC || !window.isSecureContext || !navigator.credentials) return;
  for (const box of document.querySelectorAll("[data-accountsec-passkey]")) wire(box);
})();
