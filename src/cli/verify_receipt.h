// cli: `verify-receipt`, offline: the receipt and the key are all it needs (R-CLI-3, R-RCPT-4).
#pragma once
#include <optional>
#include <string>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct VerifyReceiptOptions {
  std::string file;  ///< FILE or -; the envelope as JSON, or base64url as in the header
  std::optional<std::string> key;   ///< --key HEX, for any key id
  std::optional<std::string> keys;  ///< --keys FILE, a key set (sessions-receipts.md 3.12)
  bool json = false;
};

int run_verify_receipt(const VerifyReceiptOptions& options, Terminal& terminal);

/// An envelope as JSON, or the same in base64url as `X-Payment-Receipt` carries it. Empty where it
/// is neither.
std::string envelope_of(std::string_view text);
/// `keyId` of an envelope; nothing where it has none.
std::optional<std::string> key_id_of(std::string_view envelope);

}  // namespace tollhouse::cli
