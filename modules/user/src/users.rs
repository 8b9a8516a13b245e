//! The users themselves: the one table that every room reads.

mod store;

pub(crate) use store::{
    Search, count_admins, find, find_by_email, find_by_email_for_change, find_for_change,
    find_login, find_many, find_rights, get, get_for_change, identify, insert, is_email_taken,
    is_username_taken, list, lock_admins, owner_of, password_hash, set_password,
    set_rights_changed_at, update,
};
