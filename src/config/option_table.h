// config: the rows of the option table, for options.cc only. A row of a part that this build does
// not have is marked with the part's name; leaving such a key at its default is not naming it.
#pragma once
#include "config/options.h"

namespace tollhouse::config {

inline constexpr std::uint64_t kSecondMs = 1000;
inline constexpr std::uint64_t kDayMs = 86'400'000;
inline constexpr std::uint64_t kMiB = 1024 * 1024;

inline constexpr std::string_view kMpp = "MPP";
inline constexpr std::string_view kWork = "proof of work";
inline constexpr std::string_view kIdentity = "identity";
inline constexpr std::string_view kReputation = "reputation";
inline constexpr std::string_view kSessions = "the session server";
inline constexpr std::string_view kTls = "TLS";
inline constexpr std::string_view kStdio = "a stdio upstream";
inline constexpr std::string_view kCoreLightning = "the Core Lightning wallet";
inline constexpr std::string_view kNwc = "the Nostr Wallet Connect wallet";
inline constexpr std::string_view kSignedReceipts = "signing of receipts with Ed25519";

inline constexpr Option kOptions[] = {
    // listen.cc
    {"listen", Kind::list, "127.0.0.1:8402", "", "endpoint"},
    {"listen[]", Kind::endpoint},
    {"listen_mode", Kind::file_mode, "0600"},
    {"admin", Kind::endpoint_or_off, "127.0.0.1:8403"},
    {"admin_token", Kind::secret},
    {"public_url", Kind::url},
    {"trusted_proxies", Kind::list, "[]"},
    {"trusted_proxies[]", Kind::text},
    {"allowed_hosts", Kind::list, "[]"},
    {"allowed_hosts[]", Kind::text},
    {"allowed_origins", Kind::list, "[]"},
    {"allowed_origins[]", Kind::text},
    {"data_dir", Kind::text, "./tollhouse-data"},
    {"workers", Kind::number_or_word, "auto", "", "auto", 1, 256},
    {"profile", Kind::anything, "", "a profile"},
    {"tls", Kind::section, "", kTls},
    {"tls.certificate", Kind::anything, "", kTls},
    {"tls.key", Kind::anything, "", kTls},
    {"tls.client_ca", Kind::anything, "", kTls},
    {"store", Kind::choice, "sqlite", "", "sqlite"},

    // routes.cc
    {"upstream", Kind::url},
    {"routes", Kind::list},
    {"routes[]", Kind::section},
    {"routes[].path", Kind::text},
    {"routes[].upstream", Kind::section},
    {"routes[].upstream.url", Kind::url},
    {"routes[].upstream.timeout", Kind::duration, "60s", "", "", 1, kDayMs},
    {"routes[].upstream.connect_timeout", Kind::duration, "3s", "", "", 1, kDayMs},
    {"routes[].upstream.connections", Kind::whole, "512", "", "", 1, 65'535},
    {"routes[].upstream.headers", Kind::section},
    {"routes[].upstream.headers.*", Kind::secret},
    {"routes[].upstream.command", Kind::anything, "", kStdio},
    {"routes[].upstream.env", Kind::anything, "", kStdio},
    {"routes[].upstream.instances", Kind::anything, "", kStdio},
    {"routes[].upstream.restart", Kind::anything, "", kStdio},
    {"routes[].surface", Kind::choice, "auto", "", "auto|http|result|error"},
    {"routes[].unknown_tools", Kind::choice, "", "", "price|deny"},
    {"routes[].receipt_in_meta", Kind::truth, "false"},
    {"routes[].strict_names", Kind::truth, "false"},
    {"routes[].identity", Kind::anything, "none", kIdentity},

    // tools.cc; `tools:` at the top has the same rows
    {"routes[].tools", Kind::section},
    {"routes[].tools.*", Kind::section, "", "", "free"},
    {"routes[].tools.*.price", Kind::amount},
    {"routes[].tools.*.price_sats", Kind::whole, "", "", "", 0, 2'100'000'000'000'000},
    {"routes[].tools.*.price_msat", Kind::whole, "", "", "", 0, 2'100'000'000'000'000'000},
    {"routes[].tools.*.uses", Kind::number_or_word, "1", "", "unlimited", 1, 1'000'000},
    {"routes[].tools.*.valid_for", Kind::duration, "", "", "", kSecondMs, 366 * kDayMs},
    {"routes[].tools.*.charge_on", Kind::choice, "success", "", "success|attempt"},
    {"routes[].tools.*.bind", Kind::list, "[]"},
    {"routes[].tools.*.bind[]", Kind::choice, "", "", "body|address"},
    {"routes[].tools.*.rails", Kind::list, "[l402, x402]"},
    {"routes[].tools.*.rails[]", Kind::choice, "", "", "l402|x402"},
    {"routes[].tools.*.id", Kind::text},
    {"routes[].tools.*.work", Kind::work},
    {"routes[].tools.*.work.bits", Kind::number_or_word, "", "", "auto", 1, 28},
    {"routes[].tools.*.work.with", Kind::choice, "", "", "price"},
    {"routes[].tools.*.identity", Kind::anything, "none", kIdentity},
    {"routes[].tools.*.scopes", Kind::anything, "[]", kIdentity},
    {"routes[].tools.*.reputation", Kind::anything, "", kReputation},
    {"routes[].tools.*.on_oracle_failure", Kind::anything, "closed", kReputation},
    {"routes[].tools.*.review", Kind::anything, "none", "review by a person"},
    {"routes[].tools.*.min_price", Kind::anything, "", kSessions},
    {"routes[].tools.*.max_price", Kind::anything, "", kSessions},

    // secrets.cc
    {"secrets", Kind::section},
    {"secrets.root", Kind::secret},
    {"secrets.previous_root", Kind::secret},

    // lightning.cc
    {"lightning", Kind::section},
    {"lightning.driver", Kind::choice, "simulated", "", "simulated|lnbits|phoenixd|lnd"},
    {"lightning.network", Kind::choice, "regtest", "", "mainnet|testnet|signet|regtest"},
    {"lightning.seed", Kind::secret},
    {"lightning.url", Kind::url},
    {"lightning.key", Kind::secret},
    {"lightning.macaroon", Kind::secret},
    {"lightning.rune", Kind::secret, "", kCoreLightning},
    {"lightning.password", Kind::secret},
    {"lightning.uri", Kind::secret, "", kNwc},
    {"lightning.tls_cert", Kind::text},
    {"lightning.allow_spending_key", Kind::truth, "false"},
    {"lightning.allow_private", Kind::truth, "false"},

    // rails.cc
    {"rails", Kind::section},
    {"rails.l402", Kind::section},
    {"rails.l402.ttl", Kind::duration, "300s", "", "", kSecondMs, 30 * kDayMs},
    {"rails.l402.macaroon_ttl_seconds", Kind::whole, "", "", "", 1, 30 * 86'400},
    {"rails.l402.failure_status", Kind::choice, "auto", "", "auto|401|402"},
    {"rails.l402.replay_status", Kind::choice, "409", "", "402|409"},
    {"rails.l402.lsat_line", Kind::truth, "false"},
    {"rails.l402.ignored_caveats", Kind::list, "[]"},
    {"rails.l402.ignored_caveats[]", Kind::text},
    {"rails.l402.verify", Kind::section},
    {"rails.l402.verify.url", Kind::url},
    {"rails.l402.verify.allow_private", Kind::truth, "false"},
    {"rails.l402.verify.timeout", Kind::duration, "3s", "", "", 100, 30 * kSecondMs},
    {"rails.x402", Kind::section},
    {"rails.x402.enabled", Kind::truth, "true"},
    {"rails.x402.profiles", Kind::list, "[bip122, lnbtc]"},
    {"rails.x402.profiles[]", Kind::choice, "", "", "bip122|lnbtc"},
    {"rails.x402.pay_to", Kind::choice, "anonymous", "", "anonymous"},
    {"rails.x402.max_timeout", Kind::duration, "300s", "", "", kSecondMs, kDayMs},
    {"rails.x402.settlement_ttl", Kind::duration, "24h", "", "", kDayMs, 366 * kDayMs},
    {"rails.x402.require_preimage", Kind::truth, "false"},
    {"rails.x402.receiver_exclusive", Kind::truth, "false"},
    {"rails.mpp", Kind::section, "", kMpp},
    {"rails.mpp.enabled", Kind::anything, "false", kMpp},
    {"rails.pow", Kind::section},
    {"rails.pow.bits", Kind::whole, "18", "", "", 1, 28},
    {"rails.pow.adaptive", Kind::truth, "false"},
    {"rails.pow.min_bits", Kind::whole, "12", "", "", 1, 28},
    {"rails.pow.max_bits", Kind::whole, "26", "", "", 1, 28},
    {"rails.pow.target_rate", Kind::whole, "10", "", "", 1, 1'000'000},
    {"rails.pow.ttl", Kind::duration, "60s", "", "", kSecondMs, 300 * kSecondMs},
    {"rails.pow.calls_per_solve", Kind::whole, "1", "", "", 1, 1'000},
    {"rails.pow.per_minute", Kind::whole, "60", "", "", 1, 1'000'000},
    {"rails.pow.per_day", Kind::whole, "10000", "", "", 1, 1'000'000'000},
    {"rails.pow.challenges_per_minute", Kind::whole, "600", "", "", 1, 10'000'000},
    {"rails.pow.rekey_on_boot", Kind::truth, "true"},

    // books.cc
    {"fees", Kind::section},
    {"fees.basis_points", Kind::whole, "500", "", "", 0, 10'000},
    {"fees.minimum", Kind::amount, "1 sat"},
    {"receipts", Kind::section},
    {"receipts.hmac_key", Kind::secret},
    {"receipts.key_id", Kind::text, "liveauth-mcp-receipt-v1"},
    {"receipts.ed25519_key", Kind::secret, "", kSignedReceipts},
    {"receipts.ed25519_key_id", Kind::anything, "receipt-ed25519-1", kSignedReceipts},
    {"receipts.previous", Kind::list, "[]"},
    {"receipts.previous[]", Kind::section},
    {"receipts.previous[].key_id", Kind::text, "liveauth-mcp-receipt-v1"},
    {"receipts.previous[].hmac_key", Kind::secret},
    {"receipts.previous[].ed25519_public_key", Kind::anything, "", kSignedReceipts},
    {"receipts.chain", Kind::anything, "false", "a chain of receipts"},

    // limits.cc
    {"limits", Kind::section},
    {"limits.body", Kind::size, "4 MiB", "", "", 1024, 1024 * kMiB},
    {"limits.head", Kind::size, "64 KiB", "", "", 8192, kMiB},
    {"limits.settle_buffer", Kind::size, "1 MiB", "", "", 1024, 64 * kMiB},
    {"limits.event", Kind::size, "16 MiB", "", "", 1024, 256 * kMiB},
    {"limits.receipt_event", Kind::size, "256 KiB", "", "", 0, 16 * kMiB},
    {"limits.stream_buffer", Kind::size, "256 KiB", "", "", 4096, 16 * kMiB},
    {"limits.kept_result", Kind::size, "64 KiB", "", "", 0, 4 * kMiB},
    {"limits.bodies_in_process", Kind::size, "256 MiB", "", "", kMiB, 65'536 * kMiB},
    {"limits.requests_per_connection", Kind::whole, "100000", "", "", 1, UINT32_MAX},
    {"limits.connections", Kind::number_or_word, "auto", "", "auto", 1, 1'000'000},
    {"limits.connections_per_client", Kind::whole, "1024", "", "", 1, 1'000'000},
    {"limits.streams", Kind::whole, "50000", "", "", 1, 1'000'000},
    {"limits.streams_per_client", Kind::whole, "64", "", "", 1, 1'000'000},
    {"limits.challenges_per_minute", Kind::whole, "60", "", "", 1, 1'000'000},
    {"limits.challenges_per_second_in_all", Kind::whole, "100", "", "", 1, 1'000'000},
    {"limits.unpaid_per_client", Kind::whole, "20", "", "", 1, 1'000'000},
    {"limits.unpaid_in_all", Kind::whole, "10000", "", "", 1, 1'000'000},
    {"limits.failed_credentials_per_minute", Kind::whole, "30", "", "", 1, 1'000'000},
    {"limits.releases", Kind::whole, "3", "", "", 0, 100},
    {"limits.upstream_waiting", Kind::whole, "1024", "", "", 0, 1'000'000},
    {"limits.upstream_wait", Kind::duration, "1s", "", "", 0, kDayMs},
    {"limits.head_timeout", Kind::duration, "10s", "", "", 1, kDayMs},
    {"limits.body_timeout", Kind::duration, "30s", "", "", 1, kDayMs},
    {"limits.idle_timeout", Kind::duration, "75s", "", "", 1, kDayMs},
    {"limits.write_stall", Kind::duration, "30s", "", "", 1, kDayMs},
    {"limits.call_age", Kind::duration, "10m", "", "", 1, kDayMs},
    {"limits.stream_age", Kind::duration, "1h", "", "", 1, 30 * kDayMs},
    {"limits.stream_comment_interval", Kind::duration, "15s", "", "", kSecondMs, kDayMs},
    {"limits.mint_timeout", Kind::duration, "5s", "", "", 1, kDayMs},
    {"limits.lookup_timeout", Kind::duration, "3s", "", "", 1, kDayMs},
    {"limits.ledger_timeout", Kind::duration, "1s", "", "", 1, kDayMs},
    {"limits.drain_timeout", Kind::duration, "30s", "", "", 0, kDayMs},
    {"limits.redelivery_window", Kind::duration, "600s", "", "", 0, kDayMs},

    // log.cc
    {"log", Kind::section},
    {"log.format", Kind::choice, "auto", "", "auto|json|text|logfmt"},
    {"log.level", Kind::choice, "info", "", "debug|info|warning|error"},

    // composite_template.cc
    {"mcp_server", Kind::section},
    {"mcp_server.transport", Kind::choice, "http_streamable", "", "http_streamable"},
    {"mcp_server.auth", Kind::section},
    {"mcp_server.auth.identity", Kind::anything, "", kIdentity},
    {"mcp_server.auth.payment", Kind::section},
    {"mcp_server.auth.payment.protocol", Kind::choice, "l402", "", "l402"},
    {"mcp_server.auth.payment.gateway", Kind::url},
    {"mcp_server.auth.payment.macaroon_ttl_seconds", Kind::whole, "300", "", "", 1, 30 * 86'400},
    {"mcp_server.auth.payment.pow_enabled", Kind::anything, "false", kWork},
    {"mcp_server.auth.payment.pow_difficulty", Kind::whole, "20", "", "", 1, 255},
    {"mcp_server.auth.payment.pricing", Kind::section},
    {"mcp_server.auth.payment.pricing.*", Kind::section},
    {"mcp_server.auth.payment.pricing.*.sats", Kind::whole, "", "", "", 0, 2'100'000'000'000'000},
    {"mcp_server.tools", Kind::list},
    {"mcp_server.tools[]", Kind::section},
    {"mcp_server.tools[].name", Kind::text},
    {"mcp_server.tools[].requires_payment", Kind::truth, "false"},
    {"mcp_server.tools[].requires_identity", Kind::anything, "false", kIdentity},

    // Whole sections of later parts.
    {"identity", Kind::anything, "", kIdentity},
    {"reputation", Kind::anything, "", kReputation},
    {"sessions", Kind::section, "", kSessions},
    {"sessions.enabled", Kind::anything, "false", kSessions},
    {"pay_gate", Kind::anything, "", "the paywall's mapping"},
};

}  // namespace tollhouse::config
