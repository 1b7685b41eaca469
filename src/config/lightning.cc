// config: `lightning`. This build has the simulated wallet, which is good on regtest only.
#include "config/secrets.h"
#include "config/sections.h"

namespace tollhouse::config {

void read_lightning(const View& top, Settings& settings) {
  const View lightning = top.child("lightning");
  const View network = lightning.child("network");
  if (!network.is_word("regtest")) {
    network.fault("the simulated wallet is good on regtest only", "write network: regtest");
  }
  const View seed = lightning.child("seed");
  if (!seed.given()) return;
  // Not worth money: any text of the right length will do, also one from a document.
  const auto secret = secret_from_text(seed.text());
  if (!secret) return seed.fault(secret.error(), "tollhouse keygen hmac makes one");
  // The wallet takes 32 bytes.
  settings.lightning.seed = Secret(ByteView(root_key_from(*secret).secret));
}

}  // namespace tollhouse::config
