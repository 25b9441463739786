/// Parsed: what a peer's words mean, or the sentence that says why they mean nothing.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace web {

/// What is wrong with a request: which parameter or member, and a sentence.
struct Fault {
    std::string parameter;  ///< "" where it is the whole
    std::string text;
};

template <class Value>
class Parsed {
public:
    Parsed(Value value) : value_(std::move(value)) {}
    Parsed(Fault fault) : fault_(std::move(fault)) {}

    explicit operator bool() const { return value_.has_value(); }
    const Value& operator*() const { return *value_; }
    Value& operator*() { return *value_; }
    const Value* operator->() const { return &*value_; }
    const Fault& fault() const { return fault_; }

private:
    std::optional<Value> value_;
    Fault fault_;
};

}  // namespace web
