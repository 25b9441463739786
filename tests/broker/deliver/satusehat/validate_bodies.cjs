// Validates every body of a folder against FHIR R4, and shows that the validator would see a wrong one.
const fs = require('fs');
const path = require('path');
const { Fhir } = require('fhir');

const fhir = new Fhir();
// Code systems of other bodies, which it has not, are only remarked on.
const faults = (body) =>
    fhir.validate(body, { errorOnUnexpected: true }).messages.filter((each) => each.severity !== 'info');

const folder = process.argv[2];
const names = fs.readdirSync(folder).sort();
if (names.length < 5) throw new Error(`only ${names.length} bodies`);
let bad = 0;
for (const name of names) {
    const body = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
    const found = faults(body);
    console.log(`${name}: ${found.length === 0 ? 'valid' : JSON.stringify(found)}`);
    bad += found.length;

    // Each of these is a mistake that a gateway has made; a validator that lets it pass proves nothing.
    const wrongs = {
        'a number as a text': (study) => { study.numberOfSeries = String(study.numberOfSeries); },
        'no subject': (study) => { delete study.subject; },
        'no status': (study) => { delete study.status; },
        'a series without a UID': (study) => { delete study.series[0].uid; },
        'an unknown member': (study) => { study.accession = 'x'; },
        'a status that there is not': (study) => { study.status = 'done'; },
        'an instance without a class': (study) => { delete study.series[0].instance[0].sopClass; },
    };
    for (const [wrong, spoil] of Object.entries(wrongs)) {
        const spoilt = structuredClone(body);
        spoil(spoilt);
        if (faults(spoilt).length === 0) {
            console.log(`${name}: the validator lets pass: ${wrong}`);
            ++bad;
        }
    }
}
process.exit(bad === 0 ? 0 : 1);
