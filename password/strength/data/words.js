// Writes words.txt.gz from the six lists of npm zxcvbn 4.4.2; see README.md.
const lists = require('zxcvbn/lib/frequency_lists');
const zlib = require('zlib');
const names = ['passwords', 'english_wikipedia', 'female_names', 'surnames', 'us_tv_and_film', 'male_names'];
const text = names.map(n => '# ' + n + '\n' + lists[n].join('\n') + '\n').join('');
require('fs').writeFileSync(process.argv[2], zlib.gzipSync(text, { level: 9 }));
