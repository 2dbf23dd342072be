#include "absence.hpp"

#include <fleetman/agent/permissions.hpp>
#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/node_rights.hpp>
#include <fleetman/core/timestamp.hpp>

#include <functional>
#include <utility>

namespace fleetman::agent {
namespace {

using storage::put_condition;

// The tries in order; each fills in how it went. Only a store that answers is worth the next one.
class permission_tries
{
public:
    permission_tries(bucket::location at, model::node_id node, clock& time)
        : at_(std::move(at)), node_(std::move(node)), time_(time)
    {}

    task<std::vector<tried_permission>> run()
    {
        using try_one = task<void> (permission_tries::*)();
        for (const try_one next : {&permission_tries::list_cells, &permission_tries::list_recycled,
                 &permission_tries::get_trigger, &permission_tries::get_bell, &permission_tries::get_bell_if_changed,
                 &permission_tries::get_report, &permission_tries::put_report, &permission_tries::put_status}) {
            co_await (this->*next)();
            const std::optional<error>& refused = done_.back().refused;
            if (refused && refused->code() == errc::unavailable)
                break;
        }
        co_return std::move(done_);
    }

private:
    std::string shown(const std::string& key) const { return key.substr(at_.keys.root().size()); }

    tried_permission& begin(const std::string& verb, const std::string& action, const std::string& key)
    {
        return done_.emplace_back(tried_permission{
            .what = verb + ' ' + shown(key), .needs = action + " on " + key, .refused = {}, .note = {}});
    }

    // An absent key is an answer too: one that may not read it is not told so, if the store is set up as S3 is.
    task<void> judge_read(tried_permission& tried, std::string key, std::optional<error> failure)
    {
        if (!failure)
            co_return;
        const store_fault* const said = failure->store();
        const bool no_bucket = said != nullptr && said->code == "NoSuchBucket";
        if (no_bucket || !co_await says_absent(at_.store, std::move(key), *failure))
            tried.refused = std::move(failure);
        else if (failure->code() == errc::denied)
            tried.note = "there is none yet, and whether one may be read the store does not say";
        else
            tried.note = "there is none yet";
    }

    template <class T>
    static std::optional<error> failure_of(const result<T>& read)
    {
        return read ? std::nullopt : std::optional(read.error());
    }

    task<void> list(std::string prefix)
    {
        tried_permission& tried = begin("list", "s3:ListBucket", prefix);
        tried.needs = "s3:ListBucket with the prefix " + prefix;
        const auto page = co_await at_.store->list({.prefix = prefix, .delimiter = "/"});
        if (!page)
            tried.refused = page.error(); // not even "not found" is an answer to a listing: then the bucket is missing
        if (page && prefix == at_.keys.cells(node_))
            for (const std::string& folder : page->common_prefixes)
                if (auto cell = model::cell_id::load(folder.substr(prefix.size(), folder.size() - prefix.size() - 1)))
                    cells_.push_back(*std::move(cell));
    }

    task<void> list_cells() { co_await list(at_.keys.cells(node_)); }
    task<void> list_recycled() { co_await list(at_.keys.recycled_cells(node_)); }

    model::cell_ref some_cell() const
    {
        static const model::cell_id none = model::cell_id::parse("check-store").value();
        return {node_, cells_.empty() ? none : cells_.front()};
    }

    task<void> get_trigger()
    {
        const std::string key = at_.keys.trigger(some_cell());
        tried_permission& tried = begin("read", "s3:GetObject", key);
        co_await judge_read(tried, key, failure_of(co_await at_.store->get(key, model::document_max_bytes)));
    }

    task<void> get_bell()
    {
        const std::string key = at_.keys.bell(node_);
        tried_permission& tried = begin("read", "s3:GetObject", key);
        const auto bell = co_await at_.store->get(key, model::document_max_bytes);
        co_await judge_read(tried, key, failure_of(bell));
        bell_etag_ = bell ? bell->info.etag : "";
    }

    task<void> get_bell_if_changed()
    {
        const std::string key = at_.keys.bell(node_);
        tried_permission& tried = begin("read, if it changed,", "s3:GetObject", key);
        const auto bell = co_await at_.store->get_if_changed(key, bell_etag_, model::document_max_bytes);
        co_await judge_read(tried, key, failure_of(bell));
        if (bell && !bell_etag_.empty() && !std::holds_alternative<storage::not_modified>(*bell))
            tried.note = "it was sent although it did not change: each poll costs its bytes";
    }

    task<void> get_report()
    {
        const std::string key = at_.keys.agent(node_);
        tried_permission& tried = begin("read", "s3:GetObject", key);
        const auto report = co_await at_.store->get(key, model::document_max_bytes);
        co_await judge_read(tried, key, failure_of(report));
        if (report)
            report_ = *report;
    }

    task<void> put_report()
    {
        const std::string key = at_.keys.agent(node_);
        tried_permission& tried = begin("write", "s3:PutObject", key);
        if (report_) {
            co_await write_back(tried, key, *report_);
            co_return;
        }
        model::agent_report first{.report_timestamp = unix_seconds(time_.now()), .node = node_};
        judge_write(tried, co_await at_.store->put(key, model::serialize(first), put_condition::absent()));
    }

    task<void> put_status()
    {
        for (const model::cell_id& cell : cells_) {
            const std::string key = at_.keys.status({node_, cell});
            const auto status = co_await at_.store->get(key, model::document_max_bytes);
            if (!status)
                continue;
            co_await write_back(begin("write", "s3:PutObject", key), key, *status);
            co_return;
        }
        // No cell has one: a key of our own beside them, which nobody reads.
        const std::string key = at_.keys.store_check(node_);
        tried_permission& tried = begin("write", "s3:PutObject", key);
        const auto written = co_await at_.store->put(key, "{}");
        judge_write(tried, written);
        if (written && !co_await at_.store->remove(key))
            tried.note = "it is left behind, since it may not be removed";
    }

    // As it is, unless somebody wrote it since: then writing is allowed to somebody, and was not refused to us.
    task<void> write_back(tried_permission& tried, std::string key, storage::object as_read)
    {
        const auto when = put_condition::unchanged_since(as_read.info.etag);
        auto written = co_await at_.store->put(key, as_read.body, when);
        if (!written && written.error().code() == errc::unsupported)
            written = co_await at_.store->put(key, as_read.body);
        judge_write(tried, written);
    }

    static void judge_write(tried_permission& tried, const result<std::string>& written)
    {
        if (!written && written.error().code() != errc::conflict)
            tried.refused = written.error();
    }

    bucket::location at_;
    model::node_id node_;
    clock& time_;
    std::vector<tried_permission> done_;
    std::vector<model::cell_id> cells_;
    std::string bell_etag_;
    std::optional<storage::object> report_;
};

} // namespace

task<std::vector<tried_permission>> try_permissions(bucket::location at, model::node_id node, clock& time)
{
    permission_tries tries(std::move(at), std::move(node), time);
    co_return co_await tries.run();
}

std::string policy_for(const std::string& bucket, const bucket::keyspace& keys, const model::node_id& node)
{
    const std::string arn = "arn:aws:s3:::" + bucket;
    const auto all = bucket::rights_of(keys, node);
    const auto named = [&all](bucket::access what, const std::string& before) {
        std::string text;
        for (const bucket::node_right& one : all)
            if (one.what == what)
                text += (text.empty() ? "\"" : ", \"") + before + one.keys + '"';
        return text;
    };
    // Who may not list a key is told 403 in place of 404 (S3 API reference, GetObject): these may be absent.
    const std::string listed =
        named(bucket::access::list, "") + ", \"" + keys.bell(node) + "\", \"" + keys.agent(node) + '"';
    const auto objects = [&](std::string_view action, bucket::access what) {
        return ",\n  {\"Effect\": \"Allow\", \"Action\": \"" + std::string(action) + "\", \"Resource\": [" +
               named(what, arn + '/') + "]}";
    };
    return "{\"Version\": \"2012-10-17\", \"Statement\": [\n"
           "  {\"Effect\": \"Allow\", \"Action\": \"s3:ListBucket\", \"Resource\": \"" +
           arn + "\",\n   \"Condition\": {\"StringLike\": {\"s3:prefix\": [" + listed + "]}}}" +
           objects("s3:GetObject", bucket::access::read) + objects("s3:PutObject", bucket::access::write) +
           objects("s3:DeleteObject", bucket::access::remove) + "\n]}\n";
}

} // namespace fleetman::agent
