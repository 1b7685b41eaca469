// l402: the challenge, both sides: minting a token, writing the line of a 402, and reading what
// other gates write. Spec: l402.md 2.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "l402/caveats.h"
#include "l402/identifier.h"
#include "l402/keys.h"

namespace tollhouse::l402 {

/// What a token is minted from. The caller has checked that the invoice which its wallet returned
/// has this hash and this amount (l402.md 13, item 10).
struct Sale {
  PaymentHash payment_hash;
  Msat price;
  Time minted;
  std::uint32_t epoch = 0;
  Terms terms;
};

/// A binary version 2 macaroon without location, signed with the newest key. Nothing where the
/// terms do not fit a macaroon (add_caveats).
std::optional<Bytes> mint(const Sale& sale, const RootKeys& keys, Random& random);

enum class TokenCopy : std::uint8_t { sent, left_out };

/// Value of the first `WWW-Authenticate` line, for fourteen known clients (l402.md 2.3):
/// `L402 macaroon="M", invoice="P", version="0", token="M"`. `token` is the first thing to leave a
/// head that is too large.
///
///  macaroon_base64  standard alphabet with padding
///  invoice          BOLT 11, lower case
std::string challenge_value(std::string_view macaroon_base64, std::string_view invoice,
                            TokenCopy copy = TokenCopy::sent);
/// `LSAT macaroon="M", invoice="P"`, for gRPC clients before 2023; goes in front where it is
/// wanted.
std::string lsat_challenge_value(std::string_view macaroon_base64, std::string_view invoice);

/// A challenge as a client found it; texts as they were spelled.
struct Challenge {
  std::string scheme;    ///< "L402" or "LSAT"
  std::string macaroon;  ///< base64, any alphabet
  std::string invoice;
};

/// Every L402 and LSAT challenge of an answer, in order, over all spellings of l402.md 2.2. Others
/// are skipped, and so is one without macaroon or invoice, with a version other than 0, or that
/// contradicts itself.
std::vector<Challenge> read_challenges(std::span<const std::string_view> www_authenticate);

}  // namespace tollhouse::l402
