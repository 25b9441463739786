/// Accession: an accession number that is one: what an order is searched by, and never empty.
///
/// A value; any thread. A search for an empty one would find the order that the facility touched last, whoever's it is;
/// so whatever searches takes an Accession, and there is no empty one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace broker::deliver::satusehat {

class Accession {
public:
    /// SH has 16 characters, but longer ones are met.
    static constexpr std::size_t bytes_max = 128;

    /// Without the spaces and NULs that pad it; case, zeros, dashes and what stands between stay. Nothing where nothing
    /// is left, and for what no order can have: a backslash, a control character, bytes that are no text, too many.
    static std::optional<Accession> parse(std::string_view text);

    // Copied, never moved from: a std::string that was moved from is empty.
    Accession(const Accession&) = default;
    Accession& operator=(const Accession&) = default;

    const std::string& value() const { return text_; }
    auto operator<=>(const Accession&) const = default;

private:
    explicit Accession(std::string_view text) : text_(text) {}

    std::string text_;
};

/// The identifier system of a facility's accession numbers.
std::string acsn_system(std::string_view organization);

/// An accession number as a FHIR token search has it, `system|value`, escaped and percent-encoded for a query.
std::string search_token(std::string_view organization, const Accession& accession);

}  // namespace broker::deliver::satusehat
