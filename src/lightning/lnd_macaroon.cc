// lightning: LND's macaroons: a version 2 macaroon whose identifier is a byte 3 and a protobuf
// message of nonce, root key and operations.
#include "lightning/lnd_macaroon.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/hex.h"
#include "macaroon/macaroon.h"

namespace tollhouse::lightning::lnd {
namespace {

constexpr std::uint8_t kIdentifierVersion = 3;
constexpr std::uint8_t kOperationField = 3;
constexpr std::uint8_t kEntityField = 1;
constexpr std::uint8_t kActionField = 2;

/// Fields of a protobuf message that are all of length-delimited type, as in LND's identifiers.
class FieldReader {
 public:
  explicit FieldReader(ByteView bytes) : rest_(bytes) {}

  struct Field {
    std::uint64_t number = 0;
    ByteView content;
  };
  /// Nothing at the end, or where it is no such message: then failed().
  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const auto tag = number();
    const auto size = number();
    constexpr std::uint64_t kLengthDelimited = 2;
    if (!tag || !size || (*tag & 7U) != kLengthDelimited || *size > rest_.size()) {
      failed_ = true;
      return std::nullopt;
    }
    const ByteView content = rest_.first(static_cast<std::size_t>(*size));
    rest_ = rest_.subspan(content.size());
    return Field{*tag >> 3U, content};
  }
  bool failed() const { return failed_; }

 private:
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }

  ByteView rest_;
  bool failed_ = false;
};

enum class Need : std::uint8_t { needed, more, spends };

bool contains(std::span<const std::string_view> list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

/// Methods that a gate may be given by name.
Need need_of_method(std::string_view method) {
  constexpr std::string_view kNeeded[] = {"/lnrpc.Lightning/AddInvoice",
                                          "/lnrpc.Lightning/LookupInvoice",
                                          "/lnrpc.Lightning/SubscribeInvoices",
                                          "/lnrpc.Lightning/ListInvoices",
                                          "/invoicesrpc.Invoices/SubscribeSingleInvoice",
                                          "/lnrpc.Lightning/GetInfo",
                                          "/lnrpc.Lightning/ChannelBalance",
                                          "/lnrpc.Lightning/ListChannels"};
  return contains(kNeeded, method) ? Need::needed : Need::spends;
}

/// What nobody has thought of is taken for the worst.
Need need_of(std::string_view entity, std::string_view action) {
  if (entity == "uri") return need_of_method(action);
  if (action == "read") {
    constexpr std::string_view kNeeded[] = {"invoices", "info", "offchain"};
    return contains(kNeeded, entity) ? Need::needed : Need::more;
  }
  if (action == "write" && entity == "invoices") return Need::needed;
  // Fresh addresses of the node: no gate needs them, and they take nothing from it.
  return action == "write" && entity == "address" ? Need::more : Need::spends;
}

/// False where it is no operation.
bool take_operation(ByteView operation, MacaroonPower& power) {
  FieldReader fields(operation);
  std::string_view entity;
  while (const auto field = fields.next()) {
    if (field->number == kEntityField) entity = text_of(field->content);
    if (field->number != kActionField) continue;
    const Need need = need_of(entity, text_of(field->content));
    power.can_spend |= need == Need::spends;
    power.sees_more |= need == Need::more;
  }
  return !fields.failed();
}

void take_caveat(const macaroon::Caveat& caveat, MacaroonPower& power) {
  constexpr std::string_view kTimeBefore = "time-before ";
  const std::string_view text = text_of(caveat.identifier);
  if (caveat.third_party() || !text.starts_with(kTimeBefore)) return;
  const auto end = time_from_rfc3339(text.substr(kTimeBefore.size()));
  if (end && (!power.ends || *end < *power.ends)) power.ends = end;
}

}  // namespace

Result<MacaroonPower, WalletFault> read_power(ByteView bytes) {
  const auto view = macaroon::read_v2(bytes);
  if (!view) return refuse(WalletFault::unauthenticated);
  const ByteView identifier = view->identifier();
  if (identifier.empty() || identifier.front() != kIdentifierVersion) {
    return refuse(WalletFault::unauthenticated);
  }
  MacaroonPower power;
  bool good = true;
  FieldReader fields(identifier.subspan(1));
  while (const auto field = fields.next()) {
    if (field->number == kOperationField) good &= take_operation(field->content, power);
  }
  if (!good || fields.failed()) return refuse(WalletFault::unauthenticated);
  for (std::size_t i = 0; i < view->caveat_count(); ++i) take_caveat(view->caveat(i), power);
  return power;
}

std::optional<Secret> macaroon_from(ByteView given) {
  if (given.empty()) return std::nullopt;
  constexpr std::uint8_t kBinary = 2;  // the first byte of a macaroon of version 2; no hex digit
  if (given.front() == kBinary) return Secret(given);
  while (!given.empty() && (given.back() == '\n' || given.back() == '\r')) {
    given = given.first(given.size() - 1);
  }
  auto bytes = bytes_from_hex(text_of(given));
  if (!bytes) return std::nullopt;
  return Secret(std::move(*bytes));
}

}  // namespace tollhouse::lightning::lnd
