#include <fleetman/control/cell_table.hpp>

#include <algorithm>
#include <utility>

// The part of the table that says what to read.

namespace fleetman::control {

using model::bucket_name;
using model::cell_ref;

void cell_table::want(const bucket_name& bucket, const cell_ref& cell, unsigned needs)
{
    wanted_[bucket][cell] |= needs;
}

void cell_table::want_motion(const bucket_name& bucket, wall_time now)
{
    const auto moving = motion_.find(bucket);
    if (moving == motion_.end() || moving->second.empty())
        return;
    // In turn, where there are more than one look has time for.
    const auto reached = motion_reached_.find(bucket);
    auto next = reached == motion_reached_.end() ? moving->second.begin() : moving->second.upper_bound(reached->second);
    for (std::size_t i = 0; i < std::min(motion_at_a_time, moving->second.size()); ++i, ++next) {
        if (next == moving->second.end())
            next = moving->second.begin();
        const auto& trigger = cells_.at(*next).documents.trigger;
        if (trigger && now - trigger->written < motion_time)
            want(bucket, *next, need::status);
        motion_reached_.insert_or_assign(bucket, *next);
    }
}

std::vector<cell_ref> cell_table::wanted(const bucket_name& bucket, std::size_t most) const
{
    std::vector<cell_ref> some;
    const auto all = wanted_.find(bucket);
    if (all == wanted_.end())
        return some;
    for (const auto& [cell, needs] : all->second) {
        if (some.size() == most)
            break;
        some.push_back(cell);
    }
    return some;
}

cell_table::reading cell_table::begin(const bucket_name& bucket, const cell_ref& cell)
{
    reading one;
    auto& all = wanted_[bucket];
    if (const auto place = all.find(cell); place != all.end()) {
        one.needs = place->second;
        all.erase(place);
    }
    if (const known_cell* const known = find(cell); known != nullptr && known->bucket == bucket) {
        one.managed = known->configured.has_value();
        one.documents = known->documents;
        one.told = known->told;
    }
    return one;
}

void cell_table::finish(const bucket_name& bucket, const cell_ref& cell, reading read, wall_time now)
{
    auto place = cells_.find(cell);
    if (place == cells_.end()) {
        add(bucket, cell);
        place = cells_.find(cell); // and not any more, when the bucket does not have it either
    }
    known_cell& known = place->second;
    if (known.bucket != bucket)
        return;
    if (known.told != read.told) { // told of something newer meanwhile
        want(bucket, cell, read.needs);
        return;
    }
    known.documents = std::move(read.documents);
    known.documents.read = true;
    judge(place, now);
}

} // namespace fleetman::control
