// config: `rails`: how a price may be paid.
#include "base/format.h"
#include "config/sections.h"
#include "config/units.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

/// The gate that is asked about tokens of its own (R-L402-11). Preimages travel there.
void read_other_gate(const View& verify, gate::OtherGate& gate) {
  const View address = verify.child("url");
  gate.allow_private = verify.child("allow_private").truth();
  gate.timeout = verify.child("timeout").duration();
  if (!address.given()) return;
  const auto url = http::parse_url(address.text());
  if (!url) return;
  if (url->has_query) address.fault("a gate's address has no query", "remove the query");
  if (!url->https && !url->is_loopback()) {
    return address.fault("credentials would travel over plain http", "write an https:// URL");
  }
  gate.url = url->origin() + url->path;
  while (gate.url.ends_with('/')) gate.url.pop_back();
}

void read_x402(const View& x402, gate::X402Settings& into) {
  const View profiles = x402.child("profiles");
  if (profiles.given()) {
    into.bip122 = into.lnbtc = false;
    for (const View& profile : profiles.items()) {
      if (profile.is_word("bip122")) into.bip122 = true;
      if (profile.is_word("lnbtc")) into.lnbtc = true;
    }
  }
  if (!x402.child("enabled").truth()) into.bip122 = into.lnbtc = false;
  into.max_timeout = x402.child("max_timeout").duration();
  into.settlement_ttl = x402.child("settlement_ttl").duration();
  into.require_preimage = x402.child("require_preimage").truth();
  into.receiver_exclusive = x402.child("receiver_exclusive").truth();
}

/// The drafts have no name for testnet, so nothing could be offered there (mpp.md 2.1).
void read_mpp(const View& top, gate::MppSettings& into) {
  const View enabled = top.child("rails").child("mpp").child("enabled");
  into.enabled = enabled.truth();
  if (!into.enabled || !top.child("lightning").child("network").is_word("testnet")) return;
  into.enabled = false;
  enabled.reading().warnings.emplace_back(
      "rails.mpp.enabled: MPP has no name for testnet; it is not offered");
}

void read_work(const View& pow, gate::WorkSettings& into) {
  into.bits = static_cast<std::uint8_t>(pow.child("bits").whole());
  into.adaptive = pow.child("adaptive").truth();
  into.bits_min = static_cast<std::uint8_t>(pow.child("min_bits").whole());
  into.bits_max = static_cast<std::uint8_t>(pow.child("max_bits").whole());
  into.target_rate = static_cast<std::uint32_t>(pow.child("target_rate").whole());
  into.latency_target = pow.child("latency_target").duration();
  into.ttl = pow.child("ttl").duration();
  into.calls_per_solve = static_cast<std::uint32_t>(pow.child("calls_per_solve").whole());
  into.per_minute = static_cast<std::uint32_t>(pow.child("per_minute").whole());
  into.per_day = static_cast<std::uint32_t>(pow.child("per_day").whole());
  into.challenges_per_minute =
      static_cast<std::uint32_t>(pow.child("challenges_per_minute").whole());
  into.rekey_on_boot = pow.child("rekey_on_boot").truth();
  if (into.bits_min > into.bits_max) {
    pow.child("min_bits").fault("min_bits is above max_bits", "lower it, or raise max_bits");
  }
}

}  // namespace

void read_rails(const View& top, Settings& settings) {
  const View l402 = top.child("rails").child("l402");
  gate::L402Settings& into = settings.policy.l402;
  const View ttl = l402.child("ttl");
  const View seconds = l402.child("macaroon_ttl_seconds");
  if (ttl.given() && seconds.given()) {
    seconds.fault("ttl and macaroon_ttl_seconds are two values for one thing", "keep one of them");
  }
  into.ttl = ttl.duration();
  if (seconds.given() && seconds.whole() > 0) {
    into.ttl = std::chrono::seconds(static_cast<std::int64_t>(seconds.whole()));
  }
  const auto status = whole_number_from_text(l402.child("failure_status").text());
  if (status) into.failure_status = static_cast<int>(*status);
  into.replay_status = l402.child("replay_status").is_word("402") ? 402 : 409;
  into.lsat_line = l402.child("lsat_line").truth();
  into.ignored_caveats = l402.child("ignored_caveats").texts();
  read_other_gate(l402.child("verify"), into.other_gate);
  read_x402(top.child("rails").child("x402"), settings.policy.x402);
  read_mpp(top, settings.policy.mpp);
  read_work(top.child("rails").child("pow"), settings.policy.work);
}

}  // namespace tollhouse::config
