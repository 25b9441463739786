/// Nearest: the optimal string alignment distance over lower-case letters.
#include "broker/route/nearest.h"

#include <algorithm>
#include <vector>

namespace broker::route {

namespace {

constexpr std::size_t longest_word = 128;

std::string folded(std::string_view text) {
    std::string lower;
    for (char c : text) lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : (c == '-' ? '_' : c);
    return lower;
}

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before_last(right.size() + 1), last(right.size() + 1), row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t changed = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
            bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[right.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
    if (word.size() > longest_word) return std::nullopt;
    std::string wanted = folded(word);
    std::optional<std::string> best;
    std::size_t fewest = 0;
    for (const std::string& candidate : candidates) {
        std::size_t longer = std::max(wanted.size(), candidate.size());
        std::size_t shorter = std::min(wanted.size(), candidate.size());
        if (longer - shorter > longer / 3) continue;
        std::size_t errors = distance(wanted, folded(candidate));
        if (errors > std::max<std::size_t>(1, longer / 3) || (best && errors >= fewest)) continue;
        best = candidate;
        fewest = errors;
    }
    return best;
}

}  // namespace broker::route
