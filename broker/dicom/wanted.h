/// Wanted: the elements that a scan looks for, as the tree that their paths make.
///
/// A value; any thread may read one that nobody changes. It knows which of them are sequences from the dictionary.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/dicom/tag_path.h"

namespace broker::dicom {

class Wanted {
public:
    struct Node;

    /// A private element by its creator, as a TagStep has it.
    struct Private {
        TagStep step;
        std::size_t node = 0;
    };

    /// An element on the way of some path; the first one stands for the data set itself.
    struct Node {
        std::optional<std::size_t> path;  ///< what is wanted is this element itself: its number among the paths
        bool is_sequence = false;         ///< says the dictionary, or a path that leads through it
        bool is_bytes = false;            ///< says the dictionary: where the data set has no VR for it, or UN
        bool is_known = false;            ///< to the dictionary
        std::vector<std::pair<Tag, std::size_t>> plain;  ///< what is wanted inside it, in ascending order
        std::vector<Private> privates;                   ///< the same
        bool has_inside() const { return !plain.empty() || !privates.empty(); }
    };

    Wanted() : nodes_(1) {}
    Wanted(std::initializer_list<Tag> tags);
    explicit Wanted(const std::set<TagPath>& paths);

    const Node& root() const { return nodes_.front(); }
    const Node& at(std::size_t node) const { return nodes_[node]; }
    const TagPath& path(std::size_t number) const { return paths_[number]; }

    /// What is wanted of the element of this tag at this level, or null.
    const Node* find(const Node& level, Tag tag) const;

    /// No element of the data set itself behind this one is wanted, nor leads to one.
    Tag last() const { return last_; }

private:
    void add(const TagPath& path);
    std::size_t child(std::size_t node, const TagStep& step);

    std::vector<Node> nodes_;
    std::vector<TagPath> paths_;
    Tag last_;
};

}  // namespace broker::dicom
