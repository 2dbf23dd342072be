#include <fleetman/storage/change_notices.hpp>

namespace fleetman::storage {

void change_notices::listen(std::function<void()> wake, std::function<bool(const std::string&)> wanted)
{
    const std::lock_guard lock(guard_);
    wake_ = std::move(wake);
    wanted_ = std::move(wanted);
    waiting_.clear();
}

void change_notices::changed(const std::string& bucket, const std::string& key)
{
    const std::lock_guard lock(guard_);
    if (!wake_ || waiting_.size() >= most_waiting || !wanted_(key))
        return;
    const bool was_empty = waiting_.empty();
    waiting_.insert({bucket, key});
    if (was_empty)
        wake_();
}

std::vector<change_notices::change> change_notices::take()
{
    const std::lock_guard lock(guard_);
    std::vector<change> all(waiting_.begin(), waiting_.end());
    waiting_.clear();
    return all;
}

} // namespace fleetman::storage
