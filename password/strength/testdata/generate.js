// Asks npm zxcvbn 4.4.2 for its verdict on generated passwords; see README.md.
//   node generate.js SEED SCALE > file
//   node generate.js SEED COUNT long > file
const zxcvbn = require('zxcvbn');
const scoring = require('zxcvbn/lib/scoring');
const lists = require('zxcvbn/lib/frequency_lists');
scoring.REFERENCE_YEAR = 2026;

let state = Number(process.argv[2]);
const scale = Number(process.argv[3]);
function below(n) { // Lehmer's generator: the same numbers everywhere
  state = state * 48271 % 2147483647;
  return Math.floor(state / 2147483647 * n);
}
const oneOf = a => a[below(a.length)];
const word = l => lists[l][Math.min(lists[l].length - 1, Math.floor(Math.exp(below(1e6) / 1e6 * Math.log(lists[l].length))))];
const anyWord = () => word(oneOf(Object.keys(lists)));
const from = (chars, n) => Array.from({ length: n }, () => oneOf(chars)).join('');
const two = n => String(n).padStart(2, '0');
const capital = w => w[0].toUpperCase() + w.slice(1);
const lower = 'abcdefghijklmnopqrstuvwxyz', digit = '0123456789', sign = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const all = lower + lower.toUpperCase() + digit + sign;
const leet = { a: '4@', b: '8', c: '({[<', e: '3', g: '69', i: '1!|', l: '1|7', o: '0', s: '$5', t: '+7', x: '%', z: '2' };
const rows = ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", 'zxcvbnm,./', '!@#$%^&*()_+', 'QWERTYUIOP{}|', '1qaz2wsx3edc4rfv', '789456123', "',.pyfgcrl", 'aoeuidhtns'];
const keys = ['rlaalswns', 'dkssudgktpdy', 'tkfkdgo', 'qlalfqjsgh', 'eogksalsrnr', 'thsgmdals'];

const kinds = {
  list: anyWord,
  password: () => word('passwords'),
  leet: () => [...anyWord()].map(c => leet[c] && below(3) ? oneOf(leet[c]) : c).join(''),
  leetLong: () => [...(anyWord() + anyWord())].map(c => leet[c] && below(2) ? oneOf(leet[c]) : c).join('').slice(0, 14),
  capital: () => capital(anyWord()),
  upper: () => anyWord().toUpperCase(),
  mixed: () => [...anyWord()].map(c => below(3) ? c : c.toUpperCase()).join(''),
  suffix: () => capital(anyWord()) + oneOf(['1', '12', '123', '!', '1!', '2024', '99', '2010', '#1']),
  reverse: () => [...anyWord()].reverse().join('') + oneOf(['', '', '1', '!']),
  pair: () => anyWord() + oneOf(['', '', '-', '_', '.', ' ']) + anyWord(),
  phrase: () => Array.from({ length: 3 + below(4) }, anyWord).join(oneOf(['', ' ', '-'])),
  name: () => word('female_names') + word('surnames') + oneOf(['', below(100), 1950 + below(70)]),
  random: () => from(all, 1 + below(20)),
  letters: () => from(lower, 1 + below(16)),
  digits: () => from(digit, 1 + below(14)),
  signs: () => from(sign, 1 + below(10)),
  repeat: () => oneOf([anyWord(), from(lower, 1 + below(4)), from(digit, 1 + below(5)), from(all, 1 + below(3))]).repeat(2 + below(6)).slice(0, 40) + oneOf(['', '', from(lower, 2)]),
  date: () => {
    const y = oneOf([1900 + below(150), 1960 + below(60), below(100)]), m = 1 + below(13), d = 1 + below(32), s = oneOf(['', '', '-', '/', '.', '_', ' ', '\\']);
    const f = below(2) ? two : String;
    return oneOf([[f(y), f(m), f(d)], [f(d), f(m), f(y)], [f(m), f(d), f(y)]]).join(s) + oneOf(['', '', '', from(lower, 3)]);
  },
  year: () => oneOf([anyWord(), from(lower, 4), '']) + (1890 + below(140)) + oneOf(['', '!', from(digit, 2)]),
  keyboard: () => { const r = oneOf(rows), a = below(r.length - 3), w = r.slice(a, a + 3 + below(8)); return (below(3) ? w : [...w].reverse().join('')) + oneOf(['', '', anyWord(), oneOf(rows).slice(0, 4)]); },
  sequence: () => { let c = 33 + below(80), s = ''; const d = below(11) - 5; for (let n = 3 + below(8); n > 0 && c > 32 && c < 127; n--, c += d) s += String.fromCharCode(c); return oneOf(['', from(lower, 2)]) + (s || 'abc') + oneOf(['', anyWord()]); },
  korean: () => oneOf(keys) + oneOf(['', '', '1', '123', '!', oneOf(keys)]),
  long: () => { let s = ''; while (s.length < 60 + below(40)) s += oneOf([anyWord, () => from(lower, 5), () => from(digit, 4), () => ' ']).call(); return s.slice(0, 100); },
  longRandom: () => from(lower + digit, 30 + below(70)),
};

// The keys that the implementations after zxcvbn use for its sentences.
const warnings = { '^Straight rows': 'straightRow', '^Short keyboard': 'keyPattern', '"aaa"': 'simpleRepeat', '"abcabcabc"': 'extendedRepeat', '^Sequences': 'sequences', '^Recent years': 'recentYears', '^Dates': 'dates',
  'top-10 ': 'topTen', 'top-100 ': 'topHundred', 'very common': 'common', 'similar to': 'similarToCommon', '^A word': 'wordByItself', '^Names': 'namesByThemselves', '^Common names': 'commonNames' };
const suggestions = { '^Use a few': 'useWords', '^No need': 'noNeed', '^Add another': 'anotherWord', '^Use a longer': 'longerKeyboardPattern', '^Avoid repeated': 'repeated', '^Avoid sequences': 'sequences', '^Avoid recent': 'recentYears',
  '^Avoid years': 'associatedYears', '^Avoid dates': 'dates', '^Capitalization': 'capitalization', '^All-uppercase': 'allUppercase', '^Reversed': 'reverseWords', '^Predictable': 'l33t' };
function keyOf(table, sentence) {
  if (!sentence) return '';
  for (const [part, key] of Object.entries(table)) if (new RegExp(part).test(sentence)) return key;
  throw new Error(sentence);
}

const seen = new Set();
const shares = { leetLong: 0.3, long: 0.5, longRandom: 0.3, korean: 0.5, signs: 0.5 };
const write = (kind, p, own) => {
  const label = JSON.stringify([p, own]);
  if (p === 'constructor' || seen.has(label)) return; // a word that zxcvbn takes for a property of every object
  seen.add(label);
  const r = zxcvbn(p, own);
  console.log(JSON.stringify({ kind, password: p, own: own.length ? own : undefined, score: r.score, log10: r.guesses_log10,
    warning: keyOf(warnings, r.feedback.warning), suggestions: r.feedback.suggestions.map(s => keyOf(suggestions, s)) }));
};
if (process.argv[4] === 'long') { // more than a hundred characters, of weak parts again and again
  const parts = ['password', 'qwertyuiop', 'aaaaaa', 'abcdefgh', '1990-01-31', '2019', 'dragon', ' ', 'P4ssw0rd', 'zxcvbnm,', 'x7Kp2', '11111', 'ab', '1', 'monkey12'];
  for (let i = 0; i < scale; i++) {
    const unit = Array.from({ length: 1 + below(7) }, () => oneOf(parts)).join('');
    let p = oneOf(['', oneOf(parts)]);
    for (const n = 101 + below(60); p.length < n;) p += unit;
    write('beyond', p.slice(0, oneOf([p.length, 101 + below(40)])) + oneOf(['', oneOf(parts)]), []);
  }
  process.exit();
}
write('empty', '', []);
for (const kind in kinds) {
  for (let i = 0; i < scale * (shares[kind] || 1); i++) write(kind, String(kinds[kind]()), []);
}
for (let i = 0; i < scale; i++) {
  const own = [anyWord(), 'minjun.kim@haneul.example', 'skywalker', anyWord()];
  const w = oneOf(own);
  write('own', oneOf([w, w + '1', capital(w), [...w].reverse().join(''), w + anyWord(), w.replace('a', '@').replace('e', '3')]), own);
}
