/// PrivateBlocks: which private elements of a data set are those that somebody asks about by their creator (PS3.5
/// 7.8.1).
///
/// One thread at a time. Bounded by what is asked about, whatever a data set says of itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "broker/dicom/tag_path.h"

namespace broker::worker {

class PrivateBlocks {
public:
    /// An element that names the creator of a block.
    static bool is_creator(dicom::Tag tag) {
        return tag.group % 2 != 0 && tag.element >= 0x0010 && tag.element <= 0x00FF;
    }

    /// `step` has a creator.
    void ask_about(const dicom::TagStep& step) { asked_.push_back(step); }
    bool is_asked() const { return !asked_.empty(); }

    /// A creator element had this value.
    void add(dicom::Tag tag, std::string_view creator) {
        const auto block = static_cast<std::uint8_t>(tag.element);
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (asked_[i].tag.group != tag.group) continue;
            known_.insert({tag.group, block});
            if (asked_[i].creator == creator) owned_.insert({i, block});
        }
    }

    enum class Answer { no, yes, unknown };  ///< unknown: nobody said yet whose block it is
    /// Whether an element is one of those that were asked about; `step` is that one.
    Answer is_one(dicom::Tag tag, dicom::TagStep& step) const {
        if (tag.group % 2 == 0 || tag.element < 0x1000) return Answer::no;
        const auto block = static_cast<std::uint8_t>(tag.element >> 8), place = static_cast<std::uint8_t>(tag.element);
        Answer answer = Answer::no;
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (asked_[i].tag.group != tag.group || asked_[i].tag.element != place) continue;
            step = asked_[i];
            if (owned_.contains({i, block})) return Answer::yes;
            if (!known_.contains({tag.group, block})) answer = Answer::unknown;
        }
        return answer;
    }

private:
    std::vector<dicom::TagStep> asked_;
    std::set<std::pair<std::uint16_t, std::uint8_t>> known_;  ///< blocks that have a creator
    std::set<std::pair<std::size_t, std::uint8_t>> owned_;    ///< blocks of the creator that is asked about
};

}  // namespace broker::worker
