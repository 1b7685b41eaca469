// A caller on Alby lightning-tools whose wallet is at LNbits: `fetch402`, `fetchWithL402`,
// `fetchWithX402` or `fetchWithMpp` around a plain POST, each call after the first with the credential
// of the first, where it is good for more than one; or, as `mcp-v1` and `mcp-v2`, below an MCP SDK that knows nothing of money.
// Reads {"url", "rounds", "body" | "call", "wallet"} from standard input, prints of each round what
// came and how often it has paid by then.
//
// usage: node pay_alby.mjs fetch402|l402|x402|mpp|mcp-v1|mcp-v2, in a folder that has the packages
import { Wallet, callsBelowAnSdk, load, taskOfStandardInput } from './payer.mjs';

const [way] = process.argv.slice(2);
const { fetch402, fetchWithL402, fetchWithX402, fetchWithMpp } = await load('@getalby/lightning-tools/402',
  path => path.replace('/cjs/402.cjs', '/esm/402.js'));
const task = await taskOfStandardInput();
const lnbits = new Wallet(task.wallet);
const options = {
  maxAmount: 500,
  wallet: { payInvoice: async ({ invoice }) => ({ preimage: await lnbits.pay(invoice) }) },
};

async function plainly() {
  const paying = { l402: fetchWithL402, x402: fetchWithX402, mpp: fetchWithMpp }[way] ?? fetch402;
  // Made anew for each call: these write into it.
  const init = () => ({ method: 'POST', body: task.body,
                        headers: { 'Content-Type': 'application/json' } });
  const told = [];
  let credentials;
  for (let round = 0; round < task.rounds; round++) {
    const answer = await paying(task.url, init(), { ...options, credentials });
    if (!['x402', 'mpp'].includes(way)) credentials ??= answer.payment?.credentials;
    told.push({ status: answer.status, body: await answer.text(), paid: lnbits.paid,
                settled: answer.headers.get('payment-response') });
  }
  return told;
}

const belowAnSdk = () => callsBelowAnSdk(way.slice('mcp-'.length), task, lnbits,
  (url, init) => fetch402(String(url), init ?? {}, options));

console.log(JSON.stringify(await (way.startsWith('mcp-') ? belowAnSdk() : plainly())));
process.exit(0);
