// http: request lines and the judgement over a whole head.
#include "http/head.h"

#include <optional>

#include "base/invariant.h"
#include "http/characters.h"
#include "http/url.h"

namespace tollhouse::http {
namespace {

struct MethodRow {
  Method method;
  std::string_view text;
};
constexpr MethodRow kMethods[] = {
    {Method::get, "GET"},         {Method::head, "HEAD"},      {Method::post, "POST"},
    {Method::put, "PUT"},         {Method::delete_, "DELETE"}, {Method::patch, "PATCH"},
    {Method::options, "OPTIONS"},
};

std::optional<Method> method_of(std::string_view text) {
  for (const MethodRow& row : kMethods) {
    if (row.text == text) return row.method;
  }
  return std::nullopt;
}

/// 0 or 1 for HTTP/1.0 and HTTP/1.1; else the refusal: 505 for another version, 400 for no version.
Result<int, Refusal> minor_version_of(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") &&
                          is_in(text[5], kDigitCharacter) && text[6] == '.' &&
                          is_in(text[7], kDigitCharacter);
  const std::uint16_t status = is_version ? 505 : 400;
  return refuse(Refusal(Reason::http_version, status));
}

}  // namespace

std::string_view to_text(Method method) { return kMethods[static_cast<std::size_t>(method)].text; }

bool RequestHead::passes_hop(const Field& field) {
  if (field.connection_named || is_hop_by_hop(field.known)) return false;
  return field.known != KnownField::host && field.known != KnownField::content_length &&
         field.known != KnownField::transfer_encoding && field.known != KnownField::expect;
}

RequestHeadReader::RequestHeadReader(const Limits& limits) : limits_(limits) {
  invariant(limits_.fields_max <= kFieldsCapacity);
  invariant(limits_.head_bytes_max <= UINT32_MAX);
}

void RequestHeadReader::reset() {
  phase_ = Phase::start;
  at_ = 0;
}

RequestHeadReader::Status RequestHeadReader::step(std::string_view buffered, RequestHead& head) {
  const std::string_view window = buffered.substr(0, limits_.head_bytes_max);
  Status status = Status::need_more;
  if (phase_ != Phase::fields) status = scan_request_line(window, head);
  if (status == Status::refused) return status;
  if (phase_ == Phase::fields) {
    switch (scanner_.scan(window, limits_.fields_max, Underscores::refuse_aliases, head.fields)) {
      case FieldScanner::Status::need_more:
        break;
      case FieldScanner::Status::refused:
        return refuse_with(scanner_.refusal());
      case FieldScanner::Status::complete:
        head.rebase(buffered.data());
        head.bytes = scanner_.at();
        return judge(head);
    }
  }
  if (window.size() == limits_.head_bytes_max) return refuse_with(Reason::header_too_large);
  return Status::need_more;
}

RequestHeadReader::Status RequestHeadReader::scan_request_line(std::string_view window,
                                                               RequestHead& head) {
  Status status = Status::need_more;
  while (at_ < window.size() && phase_ != Phase::fields && status == Status::need_more) {
    const char c = window[at_];
    switch (phase_) {
      case Phase::start:
      case Phase::empty_line_end:
        if (c == '\n') return refuse_with(Reason::http_line_end);
        if (c == '\r') {
          if (phase_ == Phase::empty_line_end) return refuse_with(Reason::http_request_line);
          phase_ = Phase::start_cr;
          ++at_;
          break;
        }
        method_at_ = at_;
        phase_ = Phase::method;
        break;
      case Phase::start_cr:
        if (c != '\n') return refuse_with(Reason::http_line_end);
        phase_ = Phase::empty_line_end;
        ++at_;
        break;
      case Phase::method:
        status = scan_method(window);
        break;
      case Phase::target:
        status = scan_target(window);
        break;
      case Phase::version:
        status = scan_version(window);
        break;
      case Phase::line_end:
        if (c != '\n') return refuse_with(Reason::http_line_end);
        status = finish_request_line(window, head);
        ++at_;
        break;
      case Phase::fields:
        break;
    }
  }
  return status;
}

RequestHeadReader::Status RequestHeadReader::scan_method(std::string_view window) {
  while (at_ < window.size() && is_in(window[at_], kTokenCharacter)) {
    if (at_ - method_at_ == kMethodBytesMax) return refuse_with(Reason::http_method);
    ++at_;
  }
  if (at_ == window.size()) return Status::need_more;
  switch (window[at_]) {
    case '\n':
      return refuse_with(Reason::http_line_end);
    case '\r':
    case '\t':
      return refuse_with(Reason::http_request_line);
    case ' ':
      break;
    default:
      return refuse_with(Reason::http_method);
  }
  if (at_ == method_at_) return refuse_with(Reason::http_request_line);
  ++at_;
  target_at_ = at_;
  version_at_ = 0;
  phase_ = Phase::target;
  return Status::need_more;
}

RequestHeadReader::Status RequestHeadReader::scan_target(std::string_view window) {
  const std::size_t limit = target_at_ + limits_.target_bytes_max;
  while (at_ < window.size() && is_in(window[at_], kTargetCharacter)) {
    if (at_ == limit) return refuse_with(Reason::uri_too_long);
    ++at_;
  }
  if (at_ == window.size()) return Status::need_more;
  switch (window[at_]) {
    case '\n':
      return refuse_with(Reason::http_line_end);
    case '\r':  // no version: judged with the LF behind it, which may be missing
      phase_ = Phase::line_end;
      ++at_;
      return Status::need_more;
    case ' ':
      break;
    default:
      return refuse_with(Reason::http_target);
  }
  if (at_ == target_at_) return refuse_with(Reason::http_request_line);
  ++at_;
  version_at_ = at_;
  phase_ = Phase::version;
  return Status::need_more;
}

RequestHeadReader::Status RequestHeadReader::scan_version(std::string_view window) {
  while (at_ < window.size() && window[at_] > ' ' && window[at_] < 0x7f) ++at_;
  if (at_ == window.size()) return Status::need_more;
  switch (window[at_]) {
    case '\n':
      return refuse_with(Reason::http_line_end);
    case '\r':
      break;
    case ' ':
    case '\t':
      return refuse_with(Reason::http_request_line);
    default:
      return refuse_with(Reason::http_version);
  }
  ++at_;
  phase_ = Phase::line_end;
  return Status::need_more;
}

RequestHeadReader::Status RequestHeadReader::finish_request_line(std::string_view window,
                                                                 RequestHead& head) {
  if (version_at_ == 0) return refuse_with(Reason::http_request_line);
  const auto minor = minor_version_of(window.substr(version_at_, at_ - 1 - version_at_));
  if (!minor) return refuse_with(minor.error());
  const auto method = method_of(window.substr(method_at_, target_at_ - 1 - method_at_));
  if (!method) return refuse_with(Reason::method_not_allowed);
  head.minor_version = *minor;
  head.method = *method;
  if (!read_target(window, head)) return refuse_with(Reason::http_target);
  head.fields.clear();
  scanner_.start(at_ + 1);
  phase_ = Phase::fields;
  return Status::need_more;
}

bool RequestHeadReader::read_target(std::string_view window, RequestHead& head) {
  const std::string_view target = window.substr(target_at_, version_at_ - 1 - target_at_);
  std::uint32_t at = target_at_;
  head.target_ = {target_at_, static_cast<std::uint32_t>(target.size())};
  head.authority_ = {};
  head.query_ = {};
  head.absolute_ = target[0] != '/';
  if (target == "*") {
    head.absolute_ = false;
    head.has_query_ = false;
    head.path_ = head.target_;
    return head.method == Method::options;
  }
  if (head.absolute_) {
    head.https_ = starts_with_ignoring_case(target, "https://");
    if (!head.https_ && !starts_with_ignoring_case(target, "http://")) return false;
    const std::size_t begin = head.https_ ? 8 : 7;
    const std::size_t end = std::min(target.find_first_of("/?", begin), target.size());
    const std::string_view authority = target.substr(begin, end - begin);
    if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
    head.authority_ = {target_at_ + static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(authority.size())};
    at += static_cast<std::uint32_t>(end);
  }
  const std::string_view rest = target.substr(at - target_at_);
  const std::size_t mark = rest.find('?');
  head.has_query_ = mark != std::string_view::npos;
  const auto path_size = static_cast<std::uint32_t>(std::min(mark, rest.size()));
  head.path_ = {at, path_size};
  if (head.has_query_) {
    head.query_ = {at + path_size + 1, static_cast<std::uint32_t>(rest.size()) - path_size - 1};
  }
  return true;
}

RequestHeadReader::Status RequestHeadReader::judge(RequestHead& head) {
  if (head.fields.count(KnownField::host) != 1) return refuse_with(Reason::http_host);
  const auto host = parse_host_field(head.host());
  if (!host) return refuse_with(Reason::http_host);
  if (head.absolute_) {
    const auto authority = parse_host_field(head.part(head.authority_));
    if (!authority) return refuse_with(Reason::http_target);
    const std::uint16_t default_port = head.https_ ? 443 : 80;
    if (!same_host(*authority, *host, default_port)) return refuse_with(Reason::http_host);
  }

  const auto framing = read_framing(head.fields, head.minor_version);
  if (!framing) return refuse_with(framing.error());
  head.framing = *framing;

  const auto options = head.fields.read_connection_options();
  if (!options) return refuse_with(options.error());
  // HTTP/1.0 with keep-alive is answered and closed: its framing has no chunked form to answer in.
  head.keep_alive = head.minor_version == 1 && !options->close;

  head.expect_continue = false;
  bool expectations_known = true;
  if (head.minor_version == 1 && head.fields.has(KnownField::expect)) {
    head.fields.for_each(KnownField::expect, [&](std::string_view value) {
      expectations_known = expectations_known && equal_ignoring_case(value, "100-continue");
    });
    if (!expectations_known) return refuse_with(Reason::http_expect);
    head.expect_continue = head.framing.kind != Framing::Kind::none;
  }
  if (head.framing.length > limits_.body_bytes_max) return refuse_with(Reason::body_too_large);
  return Status::complete;
}

}  // namespace tollhouse::http
