#include <fleetman/storage/write_listener.hpp>

#include <utility>

namespace fleetman::storage {

namespace {

class listened_store final : public object_store
{
public:
    listened_store(std::shared_ptr<object_store> store, write_listener& listener, request_counts& counts)
        : store_(std::move(store)), listener_(listener), counts_(counts)
    {}

    task<result<object>> get(std::string key, std::uint64_t max_bytes) override
    {
        co_return count("get", co_await store_->get(std::move(key), max_bytes));
    }
    task<result<std::variant<object, not_modified>>> get_if_changed(
        std::string key, std::string etag, std::uint64_t max_bytes) override
    {
        co_return count("get", co_await store_->get_if_changed(std::move(key), std::move(etag), max_bytes));
    }
    task<result<object_info>> get(std::string key, byte_sink& to) override
    {
        co_return count("get", co_await store_->get(std::move(key), to));
    }
    task<result<object_info>> get_rest(std::string key, std::string etag, std::uint64_t first, byte_sink& to) override
    {
        co_return count("get", co_await store_->get_rest(std::move(key), std::move(etag), first, to));
    }
    task<result<object_info>> get_part(
        std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to) override
    {
        co_return count("get", co_await store_->get_part(std::move(key), std::move(etag), first, length, to));
    }
    task<result<object_info>> head(std::string key) override
    {
        co_return count("head", co_await store_->head(std::move(key)));
    }

    task<result<std::string>> put(std::string key, std::string body, put_condition when) override
    {
        result<std::string> etag = count("put", co_await store_->put(key, body, std::move(when)));
        listener_.written(key, etag ? &body : nullptr);
        co_return etag;
    }
    task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) override
    {
        result<std::string> etag = count("put", co_await store_->put(key, body, length));
        listener_.written(key, nullptr);
        co_return etag;
    }
    task<result<std::string>> copy(std::string from, std::string to, std::string from_etag) override
    {
        result<std::string> etag = count("copy", co_await store_->copy(std::move(from), to, std::move(from_etag)));
        listener_.written(to, nullptr);
        co_return etag;
    }
    task<result<void>> remove(std::string key) override
    {
        const result<void> removed = count("delete", co_await store_->remove(key));
        tell_removed(key, removed);
        co_return removed;
    }
    task<result<void>> remove_all(std::vector<std::string> keys) override
    {
        const result<void> removed = count("delete", co_await store_->remove_all(keys));
        for (const std::string& key : keys)
            tell_removed(key, removed);
        co_return removed;
    }

    task<result<list_page>> list(list_query query) override
    {
        co_return count("list", co_await store_->list(std::move(query)));
    }

private:
    template <class T>
    result<T> count(std::string_view operation, result<T> outcome)
    {
        ++counts_[{operation, outcome ? std::string("ok") : outcome.error().code().message()}];
        return outcome;
    }
    void tell_removed(const std::string& key, const result<void>& removed)
    {
        if (removed)
            listener_.removed(key);
        else
            listener_.written(key, nullptr);
    }

    std::shared_ptr<object_store> store_;
    write_listener& listener_;
    request_counts& counts_;
};

} // namespace

std::shared_ptr<object_store> listened_to(
    std::shared_ptr<object_store> store, write_listener& listener, request_counts& counts)
{
    return std::make_shared<listened_store>(std::move(store), listener, counts);
}

} // namespace fleetman::storage
