// A push service on loopback that is independent of the code under test. It
// reads its configuration from the first line of stdin, prints its port, and
// then one line of JSON a message: what it saw, or why it refused it.
"use strict";
const crypto = require("crypto");
const https = require("https");
const ece = require("./ece.js");

const bytes = (text) => Buffer.from(text, "base64url");

// receiver makes the browser's end of the exchange.
const receiver = ({ privateKey, auth }) => {
  const ecdh = crypto.createECDH("prime256v1");
  ecdh.setPrivateKey(bytes(privateKey));
  return { version: "aes128gcm", privateKey: ecdh, authSecret: auth };
};

// token checks a VAPID token (RFC 8292 §2 and §3) and gives its claims.
const token = (header, host) => {
  const [, t, k] = /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), k=([\w-]+)$/.exec(header);
  const [head, body, signature] = t.split(".");
  const point = bytes(k);
  const key = crypto.createPublicKey({
    format: "jwk", key: { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") },
  });
  if (JSON.parse(bytes(head)).alg !== "ES256") throw new Error("not ES256");
  if (!crypto.verify("sha256", Buffer.from(head + "." + body), { key, dsaEncoding: "ieee-p1363" }, bytes(signature))) throw new Error("signature");
  const claims = JSON.parse(bytes(body));
  const seconds = claims.exp - Date.now() / 1000;
  if (claims.aud !== "https://" + host) throw new Error("aud");
  if (!(seconds > 0 && seconds <= 24 * 3600)) throw new Error("exp");
  return { ...claims, key: k };
};

const serve = (config) => {
  const params = receiver(config);
  const server = https.createServer({ cert: config.cert, key: config.key }, (req, res) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => {
      const out = { path: req.url, method: req.method, headers: req.headers };
      try {
        out.claims = token(req.headers.authorization, req.headers.host);
        out.text = ece.decrypt(Buffer.concat(parts), params).toString();
      } catch (e) {
        out.error = String(e);
      }
      console.log(JSON.stringify(out));
      res.writeHead(out.error ? 400 : 201);
      res.end();
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
};

const lines = require("readline").createInterface({ input: process.stdin });
lines.once("line", (line) => {
  const config = JSON.parse(line);
  if (config.decrypt) console.log(JSON.stringify(ece.decrypt(bytes(config.decrypt), receiver(config)).toString()));
  else serve(config);
});
lines.once("close", () => process.exit()); // the test has ended
