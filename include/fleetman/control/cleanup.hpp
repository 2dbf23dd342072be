#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/control/key_lock.hpp>
#include <fleetman/control/operations.hpp>
#include <fleetman/control/versions.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What nobody needs any more and nobody else will remove. Found by listing, shown with its reason, and removed only
// when it still is what it was found to be.

namespace fleetman::control {

enum class litter_kind
{
    orphaned_version,   // of a manifest that the configuration does not have (in this bucket)
    unfinished_version, // a draft that nobody has touched for a while
    publish_stray       // what a broken publish left in a cell: a snapshot without its manifest, which is not triggered
};

std::string_view to_string(litter_kind value);
result<litter_kind> parse_litter_kind(std::string_view text);

struct litter
{
    model::bucket_name bucket;
    litter_kind kind{};
    std::string folder; // below the prefix: "deployments/web/v1.0.0/"
    std::size_t objects = 0;
    std::uint64_t size = 0; // bytes
    wall_time modified{};   // of the newest object
    std::string reason;     // a sentence

    // What names it in a list of what to clean.
    std::string id() const { return bucket.str() + '/' + folder; }
};

struct cleanup_query
{
    std::set<litter_kind> kinds;
    std::chrono::seconds min_age{std::chrono::hours(24)}; // younger is work under way, here or by another controller
};

// Where an id leads.
struct litter_place
{
    model::bucket_name bucket;
    bucket::location at;
    std::string folder; // below the prefix
};

class cleanup
{
public:
    cleanup(catalog& names, versions& all, key_lock& locks, clock& time)
        : names_(names), versions_(all), locks_(locks), time_(time)
    {}

    // In the order of their ids. Reads listings only, and the triggers of cells with strays.
    task<result<std::vector<litter>>> find(cleanup_query query);

    // What has this id: versions go to recycle/, strays for good. Looks again first; fails with conflict when it is
    // needed by now, or younger than that, and with not_found when it is gone.
    task<result<void>> remove(std::string id, std::chrono::seconds min_age);

    // The same as an operation's step, whose "cell" is the id; its details say `min_age_s`.
    static constexpr const char* kind = "cleanup";
    task<result<void>> perform(operation_step step);

private:
    task<result<void>> find_in(model::bucket_name bucket, cleanup_query query, std::vector<litter>& found);
    task<result<void>> find_versions(litter_place in, cleanup_query query, std::vector<litter>& found);
    task<result<void>> find_strays(litter_place in, wall_time untouched_since, std::vector<litter>& found);
    task<result<void>> remove_version(litter_place which, wall_time untouched_since);
    task<result<void>> remove_stray(litter_place which, wall_time untouched_since);
    bool has_manifest(const model::bucket_name& bucket, const model::manifest_name& manifest) const;

    catalog& names_;
    versions& versions_;
    key_lock& locks_;
    clock& time_;
};

} // namespace fleetman::control
