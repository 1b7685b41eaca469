// mcp: cutting and putting in.
#include "mcp/splice.h"

#include <algorithm>
#include <array>
#include <functional>

#include "json/writer.h"
#include "mcp/meta_names.h"

namespace tollhouse::mcp {
namespace {

using json::Member;
using json::Value;

const char* end_of(std::string_view text) { return text.data() + text.size(); }
std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

/// Calls `take(member, cut)` for each member that `chosen` picks. After a member that stays, a cut
/// begins where its predecessor ends (taking the comma before it); until then it reaches to where
/// the next one begins (taking the comma behind it).
template <class Chosen, class Take>
void cut_members(const Value& object, Chosen&& chosen, Take&& take) {
  const char* previous_end = nullptr;
  bool one_stays = false;
  const auto members = object.members();
  for (auto at = members.begin(); at != members.end();) {
    const Member member = *at;
    ++at;
    const std::string_view text = member.raw();
    if (!chosen(member)) {
      one_stays = true;
    } else if (one_stays) {
      take(member, between(previous_end, end_of(text)));
    } else {
      const bool last = at == members.end();
      take(member, between(text.data(), last ? end_of(text) : (*at).raw().data()));
    }
    previous_end = end_of(text);
  }
}

std::string name_and_value(const MetaMember& member) {
  std::string out;
  json::append_string(out, member.name);
  out += ':';
  out += member.value;
  return out;
}

std::string joined_members(std::span<const MetaMember> members) {
  std::string out;
  for (const MetaMember& member : members) {
    if (!out.empty()) out += ',';
    out += name_and_value(member);
  }
  return out;
}

/// `text` with `part` put in at `where` (one past an opening brace), parted by a comma if needed.
std::string put_in(std::string_view text, const char* where, std::string_view part, bool others) {
  std::string out(between(text.data(), where));
  out += part;
  if (others && !part.empty()) out += ',';
  out += between(where, end_of(text));
  return out;
}

std::string put_into_meta(std::string_view response, const Value& meta,
                          std::span<const MetaMember> members) {
  const auto is_ours = [members](const Member& member) {
    return std::any_of(members.begin(), members.end(),
                       [&](const MetaMember& one) { return one.name == member.name(); });
  };
  std::string out(between(response.data(), meta.raw().data() + 1));
  out += joined_members(members);
  const char* at = meta.raw().data() + 1;
  std::size_t cut_count = 0;
  std::string rest;
  cut_members(meta, is_ours, [&](const Member&, std::string_view cut) {
    rest += between(at, cut.data());
    at = end_of(cut);
    ++cut_count;
  });
  if (cut_count < meta.size() && !members.empty()) out += ',';
  out += rest;
  out += between(at, end_of(response));
  return out;
}

/// `text` with members put into `_meta` of `object`, which stands in it.
std::optional<std::string> put_meta(std::string_view text, const Value& object,
                                    std::span<const MetaMember> members) {
  const auto meta = object.find("_meta");
  if (meta && !meta->is_object()) return std::nullopt;
  if (meta) return put_into_meta(text, *meta, members);
  std::string made = "\"_meta\":{" + joined_members(members) + "}";
  return put_in(text, object.raw().data() + 1, std::move(made), object.size() > 0);
}

std::optional<std::string> priced_tool(const Value& tool, const PriceOfTool& price_of) {
  const auto name = tool.find("name");
  const auto text = name ? name->as_string() : std::nullopt;
  if (!text) return std::nullopt;
  const ToolPrice price = price_of(*text);
  if (price.object.empty()) return std::nullopt;
  const std::array<MetaMember, 2> members{{{kMetaPrice, price.object}, {kMetaPaidTool, "true"}}};
  const std::size_t count = price.asks_payment ? 2 : 1;
  return put_meta(tool.raw(), tool, std::span(members).first(count));
}

}  // namespace

std::string_view cut_member(const Value& object, std::string_view name) {
  std::string_view found;
  cut_members(
      object, [name](const Member& member) { return member.name() == name; },
      [&found](const Member&, std::string_view cut) { found = cut; });
  return found;
}

std::vector<CredentialMember> credential_members(const Value& meta) {
  std::vector<CredentialMember> found;
  cut_members(
      meta, [](const Member& member) { return is_credential_name(member.name()); },
      [&found](const Member& member, std::string_view cut) {
        found.push_back({std::string(member.name()), member.value.raw(), cut});
      });
  return found;
}

std::vector<CredentialMember> credential_beside_params(const Value& meta) {
  std::vector<CredentialMember> found;
  cut_members(
      meta, [](const Member& member) { return member.name() == kMetaPaymentCredential; },
      [&found](const Member& member, std::string_view cut) {
        found.push_back({std::string(member.name()), member.value.raw(), cut, true});
      });
  return found;
}

std::vector<std::string_view> slices_without_credentials(const Message& message) {
  std::vector<std::string_view> slices;
  const char* at = message.body.data();
  for (const CredentialMember& credential : message.credentials) {
    slices.push_back(between(at, credential.cut.data()));
    at = end_of(credential.cut);
  }
  slices.push_back(between(at, end_of(message.body)));
  return slices;
}

std::string body_without_credentials(const Message& message) {
  std::string out;
  out.reserve(message.body.size());
  for (const std::string_view slice : slices_without_credentials(message)) out += slice;
  return out;
}

std::string body_with_request_state(const Message& message, std::string_view state) {
  struct Change {
    std::string_view cut;
    std::string_view put;
  };
  std::vector<Change> changes;
  changes.reserve(message.credentials.size() + 1);
  for (const CredentialMember& credential : message.credentials) {
    changes.push_back({credential.cut, {}});
  }
  changes.push_back({state.empty() ? message.state_cut : message.request_state, state});
  std::ranges::sort(changes, std::less<>(), [](const Change& one) { return one.cut.data(); });
  std::string out;
  const char* at = message.body.data();
  for (const Change& change : changes) {
    out += between(at, change.cut.data());
    out += change.put;
    at = end_of(change.cut);
  }
  out += between(at, end_of(message.body));
  return out;
}

std::optional<std::string> with_request_state(std::string_view response, std::string_view state,
                                              json::Document& workspace) {
  const auto root = json::parse(response, workspace);
  const auto result = root ? root->find("result") : std::nullopt;
  if (!result || !result->is_object()) return std::nullopt;
  const std::string value = "\"" + std::string(state) + "\"";
  if (const auto given = result->find("requestState")) {
    std::string out(between(response.data(), given->raw().data()));
    out += value;
    out += between(end_of(given->raw()), end_of(response));
    return out;
  }
  const std::string member = "\"requestState\":" + value;
  return put_in(response, result->raw().data() + 1, member, result->size() > 0);
}

std::optional<std::string> with_capability(std::string_view response, std::string_view group,
                                           std::string_view name, std::string_view object,
                                           json::Document& workspace) {
  const auto root = json::parse(response, workspace);
  const auto result = root ? root->find("result") : std::nullopt;
  const auto capabilities = result ? result->find("capabilities") : std::nullopt;
  if (!capabilities || !capabilities->is_object()) return std::nullopt;
  std::string member = name_and_value({name, object});
  const auto given = capabilities->find(group);
  if (!given) {
    const std::string made = "{" + member + "}";
    member = name_and_value({group, made});
    return put_in(response, capabilities->raw().data() + 1, member, capabilities->size() > 0);
  }
  if (!given->is_object() || given->find(name)) return std::nullopt;
  return put_in(response, given->raw().data() + 1, member, given->size() > 0);
}

std::optional<std::string> with_result_meta(std::string_view response,
                                            std::span<const MetaMember> members,
                                            json::Document& workspace) {
  const auto root = json::parse(response, workspace);
  if (!root) return std::nullopt;
  const auto result = root->find("result");
  if (!result || !result->is_object()) return std::nullopt;
  return put_meta(response, *result, members);
}

std::optional<std::string> without_result_meta(std::string_view response, std::string_view name,
                                               json::Document& workspace) {
  const auto root = json::parse(response, workspace);
  const auto result = root ? root->find("result") : std::nullopt;
  const auto meta = result ? result->find("_meta") : std::nullopt;
  if (!meta || !meta->is_object()) return std::nullopt;
  const std::string_view cut = cut_member(*meta, name);
  if (cut.empty()) return std::nullopt;
  std::string out(between(response.data(), cut.data()));
  out += between(end_of(cut), end_of(response));
  return out;
}

std::optional<std::string> with_tool_prices(std::string_view response, const PriceOfTool& price_of,
                                            json::Document& workspace) {
  const auto root = json::parse(response, workspace);
  const auto result = root ? root->find("result") : std::nullopt;
  const auto tools = result ? result->find("tools") : std::nullopt;
  if (!tools || !tools->is_array()) return std::nullopt;
  std::string out;
  const char* at = response.data();
  for (const Value& tool : tools->elements()) {
    const auto priced = priced_tool(tool, price_of);
    if (!priced) continue;
    out += between(at, tool.raw().data());
    out += *priced;
    at = end_of(tool.raw());
  }
  if (at == response.data()) return std::nullopt;
  out += between(at, end_of(response));
  return out;
}

}  // namespace tollhouse::mcp
