// A caller on Alby lightning-tools whose wallet is at LNbits: `fetch402` or `fetchWithL402` around a
// plain POST, each call after the first with the credential of the first; or, as `mcp-v1` and
// `mcp-v2`, below an MCP SDK that knows nothing of money. Reads {"url", "rounds", "body" | "call",
// "wallet"} from standard input, prints of each round what came and how often it has paid by then.
//
// usage: node pay_alby.mjs fetch402|l402|mcp-v1|mcp-v2, in a folder that has the packages
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [way] = process.argv.slice(2);
const here = createRequire(process.cwd() + '/package.json');
const load = (name, file = path => path) => import(pathToFileURL(file(here.resolve(name))).href);
const { fetch402, fetchWithL402 } = await load('@getalby/lightning-tools/402',
  path => path.replace('/cjs/402.cjs', '/esm/402.js'));

let text = '';
for await (const piece of process.stdin) text += piece;
const task = JSON.parse(text);

let paid = 0;
const wallet = {
  async payInvoice({ invoice }) {
    const answer = await fetch(task.wallet.url + '/api/v1/payments', {
      method: 'POST', body: JSON.stringify({ out: true, bolt11: invoice }),
      headers: { 'X-Api-Key': task.wallet.key, 'Content-Type': 'application/json' } });
    const payment = await answer.json();
    if (payment.status !== 'success') throw new Error(payment.detail ?? payment.status);
    paid++;
    return { preimage: payment.preimage };
  },
};

async function plainly() {
  const paying = way === 'l402' ? fetchWithL402 : fetch402;
  const init = { method: 'POST', body: task.body, headers: { 'Content-Type': 'application/json' } };
  const told = [];
  let credentials;
  for (let round = 0; round < task.rounds; round++) {
    const answer = await paying(task.url, init, { wallet, maxAmount: 500, credentials });
    credentials ??= answer.payment?.credentials;
    told.push({ status: answer.status, body: await answer.text(), paid });
  }
  return told;
}

async function belowAnSdk() {
  const paying = (url, init) => fetch402(String(url), init ?? {}, { wallet, maxAmount: 500 });
  const v1 = way === 'mcp-v1';
  const { Client } = await load(v1 ? '@modelcontextprotocol/sdk/client/index.js'
                                   : '@modelcontextprotocol/client');
  const { StreamableHTTPClientTransport } = await load(
    v1 ? '@modelcontextprotocol/sdk/client/streamableHttp.js' : '@modelcontextprotocol/client');
  const client = new Client({ name: 'payer', version: '1' },
                            v1 ? {} : { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(task.url), { fetch: paying }));
  const told = [];
  for (let round = 0; round < task.rounds; round++) {
    const result = await client.callTool(task.call);
    told.push({ status: result.isError ? 'isError' : 200, body: result.content[0].text, paid });
  }
  await client.close();
  return told;
}

console.log(JSON.stringify(await (way.startsWith('mcp-') ? belowAnSdk() : plainly())));
process.exit(0);
