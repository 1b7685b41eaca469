// What the paying programs on Node share: where packages are found, the task on standard input, the
// wallet at LNbits, and a caller on an MCP SDK that is given its fetch.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const here = createRequire(process.cwd() + '/package.json');
export const load = (name, file = path => path) =>
  import(pathToFileURL(file(here.resolve(name))).href);

export async function taskOfStandardInput() {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  return JSON.parse(text);
}

// `pay` gives the preimage; `paid` counts.
export class Wallet {
  paid = 0;
  constructor({ url, key }) { Object.assign(this, { url, key }); }
  async pay(invoice) {
    const answer = await fetch(this.url + '/api/v1/payments', {
      method: 'POST', body: JSON.stringify({ out: true, bolt11: invoice }),
      headers: { 'X-Api-Key': this.key, 'Content-Type': 'application/json' } });
    const payment = await answer.json();
    if (payment.status !== 'success') throw new Error(payment.detail ?? payment.status);
    this.paid++;
    return payment.preimage;
  }
}

// The calls of `task` by an SDK that knows nothing of money, `generation` v1 or v2.
export async function callsBelowAnSdk(generation, task, wallet, paying) {
  const v1 = generation === 'v1';
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
    told.push({ status: result.isError ? 'isError' : 200, body: result.content[0].text,
                paid: wallet.paid });
  }
  await client.close();
  return told;
}
