// config: `rails`. L402 is the one of this build.
#include "base/format.h"
#include "config/sections.h"
#include "config/units.h"

namespace tollhouse::config {

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
}

}  // namespace tollhouse::config
