// Reads a pass with `passkit-generator`, which knows nothing of us, and makes its own of it:
// node reader.cjs <folder of its files> <folder of the certificates> <where its own goes>
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { PKPass } = require("passkit-generator");

const [from, certificates, to] = process.argv.slice(2);
const files = {};
for (const name of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (name.isFile()) {
    const path = join(name.parentPath ?? name.path, name.name);
    files[path.slice(from.length + 1)] = readFileSync(path);
  }
}
delete files["manifest.json"];
delete files.signature;
const pem = (name) => readFileSync(join(certificates, `${name}.pem`));
const pass = new PKPass(files, {
  wwdr: pem("intermediate"),
  signerCert: pem("certificate"),
  signerKey: pem("key"),
});
console.log(JSON.stringify({ said: pass.props, languages: pass.languages }));
writeFileSync(to, pass.getAsBuffer());
