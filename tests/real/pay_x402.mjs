// A caller on the x402 reference client for TypeScript. It knows no Lightning: the two schemes that
// it is taught here pay through LNbits. `fetch` is a plain POST, `x-payment` the same with the name
// that its line had in version 1, `mcp-v1` and `mcp-v2` are below an MCP SDK that knows nothing of
// money. NETWORKS is of bip122 and lnbtc, CONTROLS what the client is allowed to spend: `off`, a
// `cap`, or its `default`. Reads {"url", "rounds", "body" | "call", "wallet"} from standard input,
// prints of each round what came and how often it has paid by then.
//
// usage: node pay_x402.mjs WAY NETWORKS CONTROLS, in a folder that has the packages
import { Wallet, callsBelowAnSdk, load, taskOfStandardInput } from './payer.mjs';

const [way, networks, controls] = process.argv.slice(2);
const { x402Client } = await load('@x402/core/client');
const { wrapFetchWithPayment } = await load('@x402/fetch');
const task = await taskOfStandardInput();
const lnbits = new Wallet(task.wallet);

const proofs = {
  bip122: async invoice => { await lnbits.pay(invoice); return { invoice }; },
  lnbtc: async invoice => ({ preimage: await lnbits.pay(invoice) }),
};
const client = new x402Client();
for (const network of networks.split(',')) {
  client.register(network + ':*', { scheme: 'exact',
    async createPaymentPayload(x402Version, { extra }) {
      return { x402Version, payload: await proofs[network](extra.invoice) };
    } });
}
if (controls === 'off') client.setSpendControls(false);
if (controls === 'cap') {
  client.setSpendControls({ allowedAssets: Object.keys(proofs).map(
    network => ({ network: network + ':*', asset: 'BTC', maxAmountPerPayment: '100000' })) });
}

async function asXPayment(input, init) {
  const request = new Request(input, init);
  const payment = request.headers.get('payment-signature');
  if (payment) {
    request.headers.delete('payment-signature');
    request.headers.set('x-payment', payment);
  }
  return fetch(request);
}

const paying = wrapFetchWithPayment(way === 'x-payment' ? asXPayment : fetch, client);

async function plainly() {
  const told = [];
  for (let round = 0; round < task.rounds; round++) {
    try {
      const answer = await paying(task.url, { method: 'POST', body: task.body, headers: {
        'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' } });
      told.push({ status: answer.status, body: await answer.text(), paid: lnbits.paid,
                  settled: answer.headers.get('payment-response') });
    } catch (error) {
      told.push({ status: 'raised', body: error.message, paid: lnbits.paid });
    }
  }
  return told;
}

const generation = way.startsWith('mcp-') && way.slice('mcp-'.length);
console.log(JSON.stringify(await (generation ? callsBelowAnSdk(generation, task, lnbits, paying)
                                             : plainly())));
process.exit(0);
