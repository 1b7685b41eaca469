// mcp: the form of a sealed state: version, reservation, first request, time, round, then the
// upstream's own. Principal, route and call are its context, which is not sent.
#include "mcp/request_state.h"

#include "base/base64.h"
#include "crypto/sha256.h"

namespace tollhouse::mcp {
namespace {

constexpr std::uint8_t kForm = 1;
constexpr std::string_view kLabel = "tollhouse request state";
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kFixedBytes = 1 + sizeof(ReservationId) + Digest::kSize + kTimeBytes + 1;

void append(Bytes& out, ByteView part) { out.insert(out.end(), part.begin(), part.end()); }

void append_number(Bytes& out, std::uint64_t number) {
  for (std::size_t i = 0; i < kTimeBytes; ++i) {
    out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  }
}

std::uint64_t read_number(ByteView bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) number |= std::uint64_t{bytes[i]} << (8 * i);
  return number;
}

void add_text(crypto::Sha256& hash, std::string_view text) {
  Bytes length;
  append_number(length, text.size());
  hash.update(length).update(bytes_of(text));
}

Digest context_of(const Digest& principal, std::string_view route, const Message& call) {
  crypto::Sha256 hash;
  add_text(hash, kLabel);
  add_text(hash, route);
  return hash.update(principal.view()).update(call_digest(call).view()).finish();
}

RequestState read_plain(ByteView plain) {
  RequestState state;
  std::size_t at = 1;
  std::memcpy(state.reservation.data(), plain.data() + at, state.reservation.size());
  at += state.reservation.size();
  state.first_request = Digest::from(plain.subspan(at, Digest::kSize));
  at += Digest::kSize;
  state.issued = time_from_unix(static_cast<std::int64_t>(read_number(plain.subspan(at))));
  at += kTimeBytes;
  state.round = plain[at];
  state.upstream = text_of(plain.subspan(kFixedBytes));
  return state;
}

}  // namespace

Digest call_digest(const Message& message) {
  crypto::Sha256 hash;
  add_text(hash, message.method_text);
  add_text(hash, message.name);
  add_text(hash, message.arguments);
  return hash.finish();
}

std::string seal_request_state(const RequestState& state, const crypto::SealKey& key,
                               Random& random, const Digest& principal, std::string_view route,
                               const Message& call) {
  Bytes plain{kForm};
  plain.reserve(kFixedBytes + state.upstream.size());
  append(plain, state.reservation);
  append(plain, state.first_request.view());
  append_number(plain, static_cast<std::uint64_t>(unix_seconds(state.issued)));
  plain.push_back(state.round);
  append(plain, bytes_of(state.upstream));
  const Digest context = context_of(principal, route, call);
  return base64url(crypto::seal(key, random, context.view(), plain));
}

std::optional<RequestState> open_request_state(const Message& call, const crypto::SealKey& key,
                                               const Digest& principal, std::string_view route,
                                               json::Document& workspace) {
  const auto value = json::parse(call.request_state, workspace);
  const auto text = value ? value->as_string() : std::nullopt;
  const auto sealed = text ? bytes_from_base64url(*text) : std::nullopt;
  if (!sealed) return std::nullopt;
  const Digest context = context_of(principal, route, call);
  const auto plain = crypto::unseal(key, context.view(), *sealed);
  if (!plain || plain->size() < kFixedBytes || plain->front() != kForm) return std::nullopt;
  return read_plain(*plain);
}

}  // namespace tollhouse::mcp
