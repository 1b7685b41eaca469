// dialogue: arguments of a tool from the words of a command line, as HTTPie has them (surface.md
// 5).
#pragma once
#include <span>
#include <string>

#include "base/result.h"
#include "dialogue/reason.h"

namespace tollhouse::dialogue {

/// Where an argument is wrong: which word, and why.
struct ArgumentFault {
  Reason reason;
  std::string word;
};

/// The JSON object of `key=text`, `key:=json` (split at the first `=`) or of one word that is a
/// JSON object. No words: `{}`. Errors: the `argument_` reasons, for the first word that has one.
Result<std::string, ArgumentFault> arguments_of(std::span<const std::string> words);

}  // namespace tollhouse::dialogue
