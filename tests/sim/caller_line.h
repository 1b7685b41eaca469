// sim: one connection of a caller: requests out, answers in.
#pragma once
#include "sim/caller.h"

namespace tollhouse::sim {

class CallerLine final : public Peer {
 public:
  CallerLine(Caller& caller, std::uint64_t number) : caller_(caller), number_(number) {}
  void open(std::shared_ptr<Line> line) { line_ = std::move(line); }

  bool usable() const { return line_ && !closed_ && !half_closed_ && waiting_.empty(); }
  bool alive() const { return line_ && !closed_ && !half_closed_; }
  void ask(Attempt& attempt, std::string_view request, std::optional<std::size_t> send_only,
           std::optional<std::size_t> read_only, bool half_close);
  void leave(bool abruptly);

  void received(std::string_view bytes) override;
  void ended() override;
  void was_reset() override { gone(); }
  std::uint64_t number() const { return number_; }

 private:
  bool read_one();
  std::optional<mpp::Challenge> charge_offered() const;
  void look_for_events(Attempt& attempt);
  void finish_front(bool complete);
  void gone();

  Caller& caller_;
  std::uint64_t number_;
  std::shared_ptr<Line> line_;
  std::deque<Attempt*> waiting_;
  std::optional<std::size_t> read_only_;
  std::string got_;
  std::size_t read_ = 0;  ///< of this answer
  bool in_body_ = false;
  bool events_ = false;
  http::ResponseHeadReader head_reader_;
  http::ResponseHead head_;
  http::ResponseBodyReader body_;
  bool closed_ = false;
  bool half_closed_ = false;
};

}  // namespace tollhouse::sim
