// sim: reading answers as a careful client does.
#include "sim/caller_line.h"

namespace tollhouse::sim {
namespace {

/// Only results hold this.
constexpr std::string_view kResult = R"("text":"echo )";

}  // namespace

void CallerLine::ask(Attempt& attempt, std::string_view request,
                     std::optional<std::size_t> send_only, std::optional<std::size_t> read_only,
                     bool half_close) {
  waiting_.push_back(&attempt);
  read_only_ = read_only;
  if (send_only && *send_only < request.size()) {
    line_->send(request.substr(0, *send_only));
    return leave(false);
  }
  line_->send(request);
  if (!half_close) return;
  half_closed_ = true;
  line_->half_close();
}

void CallerLine::leave(bool abruptly) {
  if (!line_ || closed_) return;
  if (abruptly) {
    line_->reset();
  } else {
    line_->close();
  }
  gone();
}

void CallerLine::received(std::string_view bytes) {
  if (closed_) return;
  read_ += bytes.size();
  // What came with the last byte it looks at was acknowledged for it by its kernel.
  got_ += bytes;
  while (read_one()) {
  }
  if (read_only_ && read_ > *read_only_) leave(true);
}

/// True after a whole answer.
bool CallerLine::read_one() {
  if (waiting_.empty() || closed_) return false;
  Attempt& attempt = *waiting_.front();
  if (!in_body_) {
    const auto status = head_reader_.step(got_, head_);
    if (status == http::ResponseHeadReader::Status::refused)
      caller_.world_.bad_answer(attempt, got_);
    if (status != http::ResponseHeadReader::Status::complete) return false;
    in_body_ = true;
    attempt.status = head_.status;
    attempt.request_id = std::string(head_.fields.value(http::KnownField::x_request_id));
    attempt.body.clear();
    attempt.charge = charge_offered();
    attempt.payment_receipt = std::string(head_.fields.value(http::KnownField::payment_receipt));
    const auto type = head_.fields.value(http::KnownField::content_type);
    events_ = type.starts_with("text/event-stream");
    body_ = http::ResponseBodyReader(head_);
    got_.erase(0, head_.bytes);
  }
  while (!body_.complete()) {
    const auto step = body_.step(got_);
    if (!step) {
      caller_.world_.bad_answer(attempt, got_);
      return false;
    }
    attempt.body += step->payload;
    const std::size_t used = step->consumed;
    got_.erase(0, used);
    if (events_) look_for_events(attempt);
    if (used == 0) break;
  }
  if (!body_.complete()) return false;
  finish_front(true);
  return true;
}

std::optional<mpp::Challenge> CallerLine::charge_offered() const {
  std::vector<std::string_view> lines;
  head_.fields.for_each(http::KnownField::www_authenticate,
                        [&lines](std::string_view line) { lines.push_back(line); });
  std::vector<mpp::Challenge> offered = mpp::read_challenges(lines);
  if (offered.empty()) return std::nullopt;
  return std::move(offered.front());
}

/// An event is there once its blank line is.
void CallerLine::look_for_events(Attempt& attempt) {
  const auto at = attempt.body.find(kResult);
  if (attempt.result || at == std::string::npos) return;
  if (attempt.body.find("\n\n", at) == std::string::npos) return;
  attempt.result = true;
  caller_.world_.result_seen(attempt);
}

void CallerLine::finish_front(bool complete) {
  Attempt& attempt = *waiting_.front();
  waiting_.pop_front();
  attempt.done = true;
  attempt.complete = complete;
  const bool says_result = attempt.body.find(kResult) != std::string::npos;
  if (complete && attempt.status == 200 && !attempt.result && says_result) {
    attempt.result = true;
    caller_.world_.result_seen(attempt);
  }
  in_body_ = false;
  read_ = 0;
  head_reader_.reset(false);
  caller_.finished(attempt);
}

void CallerLine::ended() {
  if (closed_) return;
  line_->close();
  gone();
}

void CallerLine::gone() {
  if (std::exchange(closed_, true)) return;
  while (!waiting_.empty()) finish_front(false);
}

}  // namespace tollhouse::sim
