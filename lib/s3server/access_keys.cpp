#include "access_keys.hpp"
#include "faults.hpp"

#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>

#include <utility>

namespace fleetman::s3server {

namespace {

constexpr std::size_t id_bytes = 9;
constexpr std::size_t secret_bytes = 20;

std::string fresh_id()
{
    std::string id = "FM" + random_hex(id_bytes);
    for (char& c : id)
        c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    return id;
}

access_key shown(const access_key_row& row)
{
    return {row.id, row.bucket, row.note, row.rights, row.created};
}

} // namespace

access_keys::access_keys(credentials own)
{
    std::string id = own.access_key;
    holders_.emplace(std::move(id), std::make_shared<key_holder>(std::move(own)));
}

result<access_keys> access_keys::load(credentials own, const std::vector<access_key_row>& kept)
{
    access_keys all(std::move(own));
    for (const access_key_row& row : kept) {
        result<access_rights> rights = access_rights::parse(row.rights);
        if (!rights)
            return rights.error().within("access key " + row.id);
        // The store's own comes first: nothing in the index can take its place.
        all.holders_.emplace(
            row.id, std::make_shared<key_holder>(credentials{row.id, row.secret_key}, row.bucket, std::move(*rights)));
    }
    return all;
}

std::shared_ptr<const key_holder> access_keys::find(std::string_view id) const
{
    const auto found = holders_.find(id);
    return found == holders_.end() ? nullptr : found->second;
}

task<result<std::vector<access_key>>> access_keys::list(object_index& index, std::string bucket) const
{
    const auto rows = co_await index.read([&bucket](index_reader& from) { return from.access_keys(bucket); });
    if (!rows)
        co_return rows.error();
    std::vector<access_key> all;
    for (const access_key_row& row : *rows)
        all.push_back(shown(row));
    co_return all;
}

task<result<made_access_key>> access_keys::make(object_index& index, access_key wanted)
{
    result<access_rights> rights = access_rights::parse(wanted.rights);
    if (!rights)
        co_return rights.error();
    const access_key_row row{
        fresh_id(), secret(random_hex(secret_bytes)), wanted.bucket, wanted.note, wanted.rights, wanted.created};
    const result<void> kept =
        co_await index.write([&row](index_writer& into) { return into.put_access_key(row, most_of_a_bucket); });
    if (!kept)
        co_return kept.error();
    holders_.insert_or_assign(
        row.id, std::make_shared<key_holder>(credentials{row.id, row.secret_key}, row.bucket, std::move(*rights)));
    co_return made_access_key{shown(row), row.secret_key};
}

task<result<void>> access_keys::revoke(object_index& index, std::string bucket, std::string id)
{
    const result<void> removed =
        co_await index.write([&](index_writer& from) { return from.remove_access_key(bucket, id); });
    if (removed)
        holders_.erase(id);
    co_return removed;
}

void access_keys::forget(std::string_view bucket)
{
    std::erase_if(
        holders_, [&](const auto& one) { return !one.second->may_everything() && one.second->may_use(bucket); });
}

} // namespace fleetman::s3server
