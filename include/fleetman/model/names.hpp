#pragma once

#include <fleetman/core/result.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// The names that become parts of keys, folders, units and URLs, as types that cannot hold a harmful one. `parse`
// applies the rules for what is created through us; `load` takes whatever the original would have accepted, as
// long as it makes one safe key part: not empty, at most 255 bytes, no "/", no control character, not "." or "..".

namespace fleetman::model {

// Distinct types over one representation, so that a node is never passed for a cell.
template <class Tag>
class name
{
public:
    static result<name> parse(std::string_view text);
    static result<name> load(std::string_view text);

    const std::string& str() const noexcept { return text_; }
    auto operator<=>(const name&) const = default;

private:
    explicit name(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

using node_id = name<struct node_tag>;           // 1..64 of A-Za-z0-9-_. not beginning with "."
using cell_id = name<struct cell_tag>;           // likewise
using manifest_name = name<struct manifest_tag>; // likewise
using bucket_name = name<struct bucket_tag>;     // the display name of a bucket connection: 1..40 of A-Za-z0-9-_
using profile_name = name<struct profile_tag>;   // of a resource profile: likewise
using key_prefix = name<struct prefix_tag>;      // of everything in a bucket: 1 or more of A-Za-z0-9-_

// A cell is one manifest on one node; "node/cell" in the configuration and in the API.
struct cell_ref
{
    node_id node;
    cell_id cell;

    std::string str() const { return node.str() + '/' + cell.str(); }
    static result<cell_ref> parse(std::string_view text);
    static result<cell_ref> load(std::string_view text);
    auto operator<=>(const cell_ref&) const = default;
};

// "v1.2.3". Ordered by number; what was loaded without that form comes first, in the order of its bytes.
class version
{
public:
    static result<version> parse(std::string_view text); // no leading zeros, each part below 2^32
    static result<version> load(std::string_view text);

    const std::string& str() const noexcept { return text_; }
    std::strong_ordering operator<=>(const version& other) const noexcept;
    bool operator==(const version& other) const noexcept { return text_ == other.text_; }

private:
    explicit version(std::string text) : text_(std::move(text)) {}
    std::string text_;
    bool numbered_ = false;
    std::uint32_t major_ = 0, minor_ = 0, patch_ = 0;
};

// A path in a version: relative, "/" between parts, no empty part, no "." or "..", no control character, valid
// UTF-8, at most 1024 bytes, not one of our two documents at the root. A folder's ends with "/".
class file_path
{
public:
    static result<file_path> parse(std::string_view text);

    const std::string& str() const noexcept { return text_; }
    bool is_folder() const noexcept { return text_.back() == '/'; }
    // The last part, without "/".
    std::string_view file_name() const noexcept;
    auto operator<=>(const file_path&) const = default;

private:
    explicit file_path(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

} // namespace fleetman::model
