#include "outbox/state.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace outbox {

static constexpr std::array state_words{
    std::pair{State::queued, std::string_view("queued")},
    std::pair{State::sending, std::string_view("sending")},
    std::pair{State::uncertain, std::string_view("uncertain")},
    std::pair{State::delivered, std::string_view("delivered")},
    std::pair{State::held, std::string_view("held")},
    std::pair{State::cancelled, std::string_view("cancelled")},
};

static constexpr std::array verb_words{
    std::pair{Verb::accept, std::string_view("accept")},   std::pair{Verb::claim, std::string_view("claim")},
    std::pair{Verb::deliver, std::string_view("deliver")}, std::pair{Verb::defer, std::string_view("defer")},
    std::pair{Verb::doubt, std::string_view("doubt")},     std::pair{Verb::ask, std::string_view("ask")},
    std::pair{Verb::hold, std::string_view("hold")},       std::pair{Verb::postpone, std::string_view("postpone")},
    std::pair{Verb::confirm, std::string_view("confirm")}, std::pair{Verb::adopt, std::string_view("adopt")},
    std::pair{Verb::recall, std::string_view("recall")},   std::pair{Verb::release, std::string_view("release")},
    std::pair{Verb::retry, std::string_view("retry")},     std::pair{Verb::cancel, std::string_view("cancel")},
    std::pair{Verb::resend, std::string_view("resend")},   std::pair{Verb::prepare, std::string_view("prepare")},
    std::pair{Verb::recheck, std::string_view("recheck")}, std::pair{Verb::assign, std::string_view("assign")},
};

template <class Words, class Key>
static std::string_view word(const Words& words, Key key) {
    for (const auto& [each, text] : words) {
        if (each == key) return text;
    }
    assert(false && "a value outside of its enumeration");
    return {};
}

template <class Words>
static auto key(const Words& words, std::string_view text) -> std::optional<typename Words::value_type::first_type> {
    for (const auto& [each, known] : words) {
        if (known == text) return each;
    }
    return std::nullopt;
}

std::string_view to_string(State state) {
    return word(state_words, state);
}

std::string_view to_string(Verb verb) {
    return word(verb_words, verb);
}

std::optional<State> parse_state(std::string_view text) {
    return key(state_words, text);
}

std::optional<Verb> parse_verb(std::string_view text) {
    return key(verb_words, text);
}

std::optional<Verb> parse_person_verb(std::string_view text) {
    const auto verb = parse_verb(text);
    const bool is_theirs = verb && std::ranges::find(person_verbs, *verb) != person_verbs.end();
    return is_theirs ? verb : std::nullopt;
}

}  // namespace outbox
