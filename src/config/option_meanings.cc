// config: the sentences.
#include "config/option_meanings.h"

#include <algorithm>
#include <iterator>

namespace tollhouse::config {
namespace {

struct Meaning {
  std::string_view pattern;
  std::string_view sentence;
};

constexpr Meaning kMeanings[] = {
    {"listen", "Where callers come in: one address or a list of them"},
    {"listen_mode", "Mode of the files of UNIX sockets in listen"},
    {"admin", "Where metrics, health and the operator's API are served; off: nowhere"},
    {"admin_token",
     "What operators show as Authorization: Bearer; needed where others reach admin"},
    {"public_url", "The address that callers see; names the issuer on receipts"},
    {"trusted_proxies",
     "Addresses, ranges or the word unix: only they are believed who a caller is"},
    {"allowed_hosts", "Further names that a Host field may have"},
    {"allowed_origins", "Origins of web pages that may call"},
    {"data_dir", "The folder of the books and of keys made by the gate; mode 0700"},
    {"workers", "Threads that serve; auto: one for each core"},
    {"store", "What keeps the books"},

    {"upstream", "The MCP server; the short form of one route at /mcp"},
    {"routes", "Paths and the MCP servers behind them"},
    {"routes[].path", "The path that callers use"},
    {"routes[].upstream", "The MCP server behind this path"},
    {"routes[].upstream.url", "Its address, plain http"},
    {"routes[].upstream.timeout", "Longest wait for the first byte, and then between two bytes"},
    {"routes[].upstream.connect_timeout", "Longest wait for a connection"},
    {"routes[].upstream.connections", "Connections to it at once"},
    {"routes[].upstream.headers", "Fields that are added to each request, by name"},
    {"routes[].upstream.headers.*", "The value of one such field"},
    {"routes[].surface",
     "How refusals are said: as HTTP statuses, as tool results, as JSON-RPC errors; auto: as the "
     "caller's SDK shows them"},
    {"routes[].unknown_tools",
     "What a tool without a row gets: the price of \"*\" (the default where that row stands), or "
     "a refusal"},
    {"routes[].receipt_in_meta", "Whether JSON results carry the receipt in _meta too"},
    {"routes[].strict_names", "Whether only tool names of the strict alphabet are taken"},

    {"routes[].tools",
     "What each tool costs; the word free asks for nothing, the row \"*\" is for all others. "
     "Beside upstream it stands at the top"},
    {"routes[].tools.*", "The terms of one tool"},
    {"routes[].tools.*.price", "What a call costs"},
    {"routes[].tools.*.price_sats", "The same in satoshis, without a unit"},
    {"routes[].tools.*.price_msat", "The same in millisatoshis, without a unit"},
    {"routes[].tools.*.uses", "Calls that one payment buys; unlimited: a pass for valid_for"},
    {"routes[].tools.*.valid_for",
     "How long what was bought is good; the default is rails.l402.ttl"},
    {"routes[].tools.*.charge_on",
     "Whether a call is charged when it succeeds, or when it is tried"},
    {"routes[].tools.*.bind",
     "What a credential is good for alone: the request's body, the caller's address class"},
    {"routes[].tools.*.rails", "Ways to pay for this tool"},
    {"routes[].tools.*.id", "A UUID for receipts; made of route and name where none is given"},

    {"secrets", "Keys that sign what is sold"},
    {"secrets.root", "The root key of credentials, at least 32 bytes (LN_GATE_HMAC)"},
    {"secrets.previous_root",
     "The root key before it, which goes on verifying; rotate keeps it beside a key in a file"},

    {"lightning", "The wallet that is paid"},
    {"lightning.driver", "What kind of wallet it is"},
    {"lightning.network", "The network whose invoices it makes"},
    {"lightning.seed", "Of the simulated wallet, so that a run can be repeated"},
    {"lightning.url", "The wallet's address (WALLET_BASE_URL)"},
    {"lightning.key", "The wallet's key that can receive and not spend (WALLET_INVOICE_KEY)"},
    {"lightning.password", "phoenixd's http-password-limited-access, which cannot spend"},
    {"lightning.macaroon", "LND's macaroon that cannot spend: the path of its file, or hex"},
    {"lightning.tls_cert", "The path of LND's tls.cert, which is trusted and nothing else"},
    {"lightning.allow_spending_key", "Whether a key that can spend is taken all the same"},
    {"lightning.allow_private", "Whether the wallet may be at an address of a private network"},

    {"rails", "Ways to pay"},
    {"rails.l402", "L402: an invoice, and a credential that its preimage completes"},
    {"rails.l402.ttl", "How long a challenge and its credential are good"},
    {"rails.l402.macaroon_ttl_seconds", "The same in seconds, without a unit"},
    {"rails.l402.failure_status",
     "Status of a bad credential; auto: 401, but 402 where a route takes Bearer identity too"},
    {"rails.l402.replay_status", "Status of a spent credential"},
    {"rails.l402.lsat_line", "Whether a 402 has a line with the older name LSAT too"},
    {"rails.l402.ignored_caveats", "Caveats of callers that are passed over, not refused"},
    {"rails.l402.verify", "Another gate whose credentials are taken here too"},
    {"rails.l402.verify.url", "Its address; it is asked about each credential that is not ours"},
    {"rails.l402.verify.allow_private", "Whether it may stand in a private network"},
    {"rails.l402.verify.timeout", "How long it is waited for"},
    {"rails.x402", "Payment by x402 clients over Lightning"},
    {"rails.x402.enabled", "Whether it is offered"},
    {"rails.x402.profiles",
     "bip122 takes the paid invoice as proof, lnbtc the preimage of an invoice bound to the call"},
    {"rails.x402.pay_to", "Whom a bip122 offer names as receiver"},
    {"rails.x402.max_timeout", "Life of an offer and of its invoice"},
    {"rails.x402.settlement_ttl", "How long a payment is known as spent, at least"},
    {"rails.x402.require_preimage",
     "Whether bip122 needs the preimage too; Alby's clients send none"},
    {"rails.x402.receiver_exclusive",
     "Whether the node's key is the operator's own, so that lnbtc asks no wallet"},

    {"fees", "The platform's share on receipts"},
    {"fees.basis_points", "In hundredths of a percent of the price"},
    {"fees.minimum", "At least so much of a call that is not free"},
    {"receipts", "How receipts are signed"},
    {"receipts.hmac_key", "The key that signs them; the gate makes one where none is given"},
    {"receipts.key_id", "The name of that key on receipts"},
    {"receipts.previous", "Keys that sign no more; their receipts verify"},
    {"receipts.previous[].key_id", "The name of such a key"},
    {"receipts.previous[].hmac_key", "The key itself"},

    {"limits", "Bounds of the request path"},
    {"limits.body", "Largest body of a request"},
    {"limits.head", "Largest head of a request"},
    {"limits.settle_buffer", "Largest answer that is kept whole until it is charged"},
    {"limits.event", "Largest event of a stream that is looked into"},
    {"limits.receipt_event", "Largest event that a receipt is put into"},
    {"limits.stream_buffer", "Bytes of one stream that wait for a slow caller"},
    {"limits.kept_result", "Largest result that is kept to be delivered once more"},
    {"limits.bodies_in_process", "Bytes of all bodies at once"},
    {"limits.requests_per_connection", "Requests on one connection before it is closed"},
    {"limits.connections", "Connections of all callers; auto: by the files that may be open"},
    {"limits.connections_per_client", "Connections of one client"},
    {"limits.streams", "Open streams of all callers"},
    {"limits.streams_per_client", "Open streams of one client"},
    {"limits.challenges_per_minute", "Invoices made for one client in a minute"},
    {"limits.challenges_per_second_in_all", "Invoices made for all clients in a second"},
    {"limits.unpaid_per_client", "Unpaid invoices of one client at once"},
    {"limits.unpaid_in_all", "Unpaid invoices of all clients at once"},
    {"limits.failed_credentials_per_minute", "Bad credentials of one client in a minute"},
    {"limits.releases", "How often a credential is given back after its request was sent"},
    {"limits.upstream_waiting", "Calls that wait for a connection to one server"},
    {"limits.upstream_wait", "How long such a call waits"},
    {"limits.head_timeout", "Longest time for the head of a request"},
    {"limits.body_timeout", "Longest time for its body"},
    {"limits.idle_timeout", "How long a connection without a request is kept"},
    {"limits.write_stall", "How long a caller may take nothing of an answer"},
    {"limits.call_age", "Longest life of a call"},
    {"limits.stream_age", "Longest life of a stream"},
    {"limits.stream_comment_interval", "How often a silent stream gets a comment"},
    {"limits.mint_timeout", "Longest wait for an invoice"},
    {"limits.lookup_timeout", "Longest wait for the state of a payment"},
    {"limits.ledger_timeout", "Longest wait for the books"},
    {"limits.drain_timeout", "How long calls have to end when the gate stops"},
    {"limits.redelivery_window",
     "How long a paid answer that was lost on its way is given once more, free"},

    {"log", "The log on standard error"},
    {"log.format", "Its form; auto: text on a terminal, JSON lines otherwise"},
    {"log.level", "The least level that is written"},

    {"mcp_server", "The template of the composite gate, taken as it is"},
    {"mcp_server.transport", "How its server is spoken to"},
    {"mcp_server.auth", "What its calls need"},
    {"mcp_server.auth.payment", "How its calls are paid"},
    {"mcp_server.auth.payment.protocol", "The way to pay"},
    {"mcp_server.auth.payment.gateway", "For information only"},
    {"mcp_server.auth.payment.macaroon_ttl_seconds", "As rails.l402.macaroon_ttl_seconds"},
    {"mcp_server.auth.payment.pow_difficulty", "Read, and without effect while work is off"},
    {"mcp_server.auth.payment.pricing", "Prices of its tools, by name"},
    {"mcp_server.auth.payment.pricing.*", "The price of one tool"},
    {"mcp_server.auth.payment.pricing.*.sats", "In satoshis"},
    {"mcp_server.tools", "Its tools"},
    {"mcp_server.tools[].name", "The tool's name"},
    {"mcp_server.tools[].requires_payment", "Whether a call of it is paid"},
};

}  // namespace

std::string_view meaning_of(std::string_view pattern) {
  const auto found = std::ranges::find(kMeanings, pattern, &Meaning::pattern);
  return found == std::ranges::end(kMeanings) ? std::string_view() : found->sentence;
}

}  // namespace tollhouse::config
