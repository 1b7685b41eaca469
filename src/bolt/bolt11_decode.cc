// bolt: reads invoices: string, prefix, fields, signature, in this order.
#include <algorithm>

#include "base/bech32.h"
#include "bolt/bolt11.h"
#include "bolt/field_reader.h"
#include "bolt/issued.h"
#include "bolt/signing.h"

namespace tollhouse::bolt {
namespace {

constexpr std::string_view kPrefix = "ln";
constexpr std::string_view kScheme = "lightning:";
constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
constexpr std::size_t kWordBits = 5;
constexpr std::size_t kFieldHeadWords = 3;
constexpr std::uint8_t kRecoveryIdMax = 3;
constexpr std::size_t kChecksumCharacters = 6;
constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::uint8_t kForeign = 0xff;

constexpr std::array<std::uint8_t, 256> kWordOf = [] {
  std::array<std::uint8_t, 256> words{};
  for (auto& word : words) word = kForeign;
  std::uint8_t value = 0;
  for (const char c : kAlphabet) words[static_cast<std::uint8_t>(c)] = value++;
  return words;
}();

Reason reason_of(Bech32Fault fault) {
  switch (fault) {
    case Bech32Fault::too_long:
      return Reason::too_long;
    case Bech32Fault::invalid_character:
      return Reason::bech32_invalid_character;
    case Bech32Fault::mixed_case:
      return Reason::bech32_mixed_case;
    case Bech32Fault::no_separator:
      return Reason::bech32_no_separator;
    case Bech32Fault::empty_hrp:
      return Reason::bech32_empty_hrp;
    case Bech32Fault::checksum:
      return Reason::bech32_checksum;
  }
  return Reason::bech32_checksum;
}

bool is_multiplier_letter(char c) {
  return std::string_view("munp").find(c) != std::string_view::npos;
}

/// What follows the currency begins an amount: a digit, or a multiplier that has lost its digits.
bool can_be_amount(std::string_view rest) {
  return rest.empty() || (rest[0] >= '0' && rest[0] <= '9') ||
         (rest.size() == 1 && is_multiplier_letter(rest[0]));
}

const NetworkRow* network_of(std::string_view after_prefix, const DecodeOptions& options) {
  for (const NetworkRow& row : kNetworks) {
    if (row.network == Network::simnet && options.network != Network::simnet) continue;
    if (!after_prefix.starts_with(row.currency)) continue;
    if (can_be_amount(after_prefix.substr(row.currency.size()))) return &row;
  }
  return nullptr;
}

struct Prefix {
  Network network;
  std::optional<Msat> amount;
};

Result<Prefix, Reason> read_hrp(std::string_view hrp, const DecodeOptions& options) {
  if (!hrp.starts_with(kPrefix)) return refuse(Reason::bad_prefix);
  hrp.remove_prefix(kPrefix.size());
  const NetworkRow* row = network_of(hrp, options);
  if (row == nullptr) return refuse(Reason::unknown_network);
  if (options.network.value_or(row->network) != row->network) return refuse(Reason::wrong_network);
  const std::string_view amount = hrp.substr(row->currency.size());
  if (amount.empty()) return Prefix{row->network, std::nullopt};
  const auto read = amount_from_text(amount, options.strictness);
  if (!read) return refuse(read.error());
  return Prefix{row->network, *read};
}

Time timestamp_of(ByteView words) {
  std::int64_t seconds = 0;
  for (const std::uint8_t word : words) seconds = seconds << kWordBits | word;
  return time_from_unix(seconds);
}

std::size_t length_of(ByteView head) { return std::size_t{head[1]} << kWordBits | head[2]; }

/// The fields must use up their words exactly.
bool fields_are_whole(ByteView words) {
  while (!words.empty()) {
    if (words.size() < kFieldHeadWords) return false;
    const std::size_t length = length_of(words);
    if (words.size() - kFieldHeadWords < length) return false;
    words = words.subspan(kFieldHeadWords + length);
  }
  return true;
}

Result<void, Reason> read_fields(ByteView words, FieldReader& reader) {
  if (!fields_are_whole(words)) return refuse(Reason::field_truncated);
  while (!words.empty()) {
    const std::size_t length = length_of(words);
    const auto read = reader.read(words[0], words.subspan(kFieldHeadWords, length));
    if (!read) return read;
    words = words.subspan(kFieldHeadWords + length);
  }
  return reader.finish();
}

/// A hash of an invoice that was decoded before: its length and padding are right.
template <class Hash>
Hash hash_of(ByteView words) {
  Hash hash;
  std::uint32_t bits = 0;
  std::size_t count = 0;
  std::size_t size = 0;
  for (const std::uint8_t word : words) {
    bits = bits << kWordBits | word;
    count += kWordBits;
    if (count < 8) continue;
    count -= 8;
    hash.bytes[size++] = static_cast<std::uint8_t>(bits >> count);
  }
  return hash;
}

/// The words of lower-case data. The checksum at its end is for typing errors: a MAC over the text
/// has said more.
std::optional<Bytes> issued_words(std::string_view data) {
  if (data.size() < kChecksumCharacters) return std::nullopt;
  data.remove_suffix(kChecksumCharacters);
  Bytes words(data.size());
  std::uint8_t seen = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    words[i] = kWordOf[static_cast<std::uint8_t>(data[i])];
    seen |= words[i];
  }
  if (seen == kForeign) return std::nullopt;
  return words;
}

/// Of fields that use up their words; those that are not asked for are passed over.
void read_issued_fields(ByteView words, IssuedInvoice& invoice) {
  while (!words.empty()) {
    const std::size_t length = length_of(words);
    const ByteView value = words.subspan(kFieldHeadWords, length);
    const auto type = static_cast<FieldType>(words[0]);
    if (type == FieldType::payment_hash && length == kHash256Words) {
      invoice.payment_hash = hash_of<PaymentHash>(value);
    }
    if (type == FieldType::description_hash && length == kHash256Words) {
      invoice.description_hash = hash_of<DescriptionHash>(value);
    }
    if (type == FieldType::expiry && length <= kTimestampWords) {
      invoice.expiry = timestamp_of(value).time_since_epoch();
    }
    words = words.subspan(kFieldHeadWords + length);
  }
}

crypto::RecoverableSignature signature_of(ByteView words) {
  const Bytes bytes = packed_words(words);
  crypto::RecoverableSignature signature;
  std::copy_n(bytes.begin(), signature.signature.size(), signature.signature.begin());
  signature.recovery_id = bytes.back();
  return signature;
}

/// With `n` the key verifies, and high S is refused; without, it is recovered, and high S is good.
Result<crypto::PublicKey, Reason> signer_of(const Invoice& invoice,
                                            const std::optional<crypto::PublicKey>& named_payee,
                                            const crypto::Secp256k1& curve) {
  const auto& [signature, recovery_id] = invoice.signature;
  if (recovery_id > kRecoveryIdMax) return refuse(Reason::recovery_id_out_of_range);
  if (!curve.scalars_in_range(signature)) return refuse(Reason::signature_scalar_out_of_range);
  if (!named_payee) {
    const auto recovered = curve.recover(invoice.signing_digest, signature, recovery_id);
    if (!recovered) return refuse(Reason::signature_not_recoverable);
    return *recovered;
  }
  if (!curve.valid(*named_payee)) return refuse(Reason::payee_not_a_point);
  if (!curve.has_low_s(signature)) return refuse(Reason::signature_not_low_s);
  if (!curve.verify(invoice.signing_digest, signature, *named_payee))
    return refuse(Reason::signature_mismatch);
  return *named_payee;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_scheme(std::string_view text) {
  if (text.size() < kScheme.size()) return false;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (lower(text[i]) != kScheme[i]) return false;
  }
  return true;
}

}  // namespace

char letter_of(FieldType type) { return kAlphabet[static_cast<std::size_t>(type) & 31]; }

std::string to_text(ShortChannelId id) {
  return std::to_string(id.value >> 40) + 'x' + std::to_string(id.value >> 16 & 0xffffff) + 'x' +
         std::to_string(id.value & 0xffff);
}

std::string_view bare_invoice(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
  if (!starts_with_scheme(text)) return text;
  text.remove_prefix(kScheme.size());
  if (text.starts_with("//")) text.remove_prefix(2);
  return text;
}

Result<Invoice, Reason> decode(std::string_view text, const crypto::Secp256k1& curve,
                               const DecodeOptions& options) {
  const auto decoded = bech32_decode(text, kInvoiceCharactersMax);
  if (!decoded) return refuse(reason_of(decoded.error()));
  Invoice invoice;
  const auto prefix = read_hrp(decoded->hrp, options);
  if (!prefix) return refuse(prefix.error());
  invoice.network = prefix->network;
  invoice.amount = prefix->amount;

  const ByteView words(decoded->words);
  if (words.size() < kTimestampWords + kSignatureWords) return refuse(Reason::data_too_short);
  const ByteView signed_words = words.first(words.size() - kSignatureWords);
  invoice.timestamp = timestamp_of(signed_words.first(kTimestampWords));
  FieldReader reader(invoice, options.strictness);
  if (const auto read = read_fields(signed_words.subspan(kTimestampWords), reader); !read) {
    return refuse(read.error());
  }
  invoice.signature = signature_of(words.last(kSignatureWords));
  invoice.signing_digest = signing_digest(decoded->hrp, signed_words);
  const auto signer = signer_of(invoice, reader.named_payee(), curve);
  if (!signer) return refuse(signer.error());
  invoice.payee = *signer;
  if (options.strictness == Strictness::strict && reader.has_duplicate())
    return refuse(Reason::duplicate_field);
  return invoice;
}

std::optional<IssuedInvoice> read_issued(std::string_view text) {
  const std::size_t separator = text.rfind('1');
  if (text.size() > kInvoiceCharactersMax || separator == std::string_view::npos) {
    return std::nullopt;
  }
  const auto prefix = read_hrp(text.substr(0, separator), {});
  const auto data = issued_words(text.substr(separator + 1));
  if (!prefix || !data || data->size() < kTimestampWords + kSignatureWords) return std::nullopt;
  const ByteView words(*data);
  const ByteView fields =
      words.subspan(kTimestampWords, words.size() - kTimestampWords - kSignatureWords);
  if (!fields_are_whole(fields)) return std::nullopt;
  IssuedInvoice invoice;
  invoice.network = prefix->network;
  invoice.amount = prefix->amount;
  invoice.timestamp = timestamp_of(words.first(kTimestampWords));
  read_issued_fields(fields, invoice);
  return invoice;
}

}  // namespace tollhouse::bolt
