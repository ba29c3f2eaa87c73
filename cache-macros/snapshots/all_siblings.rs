pub async fn load(db: &Db, tenant: u32, id: u64) -> Result<Option<User>, Error> {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::refreshable(
        ::two_tier_cache::__private::Function::new(
            ::core::concat!(::core::module_path!(), "::", "load"),
            "user",
            {
                const __VALUE: ::core::time::Duration = TTL;
                __VALUE
            },
        ),
    );
    let __caches = ::two_tier_cache::__private::current();
    match ::two_tier_cache::__private::attempt(
        &__caches,
        &__FUNCTION,
        ::two_tier_cache::__private::Probe::<Result<Option<User>, Error>>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        ::two_tier_cache::__private::Instance::new(
            ::core::any::type_name_of_val(&|| ()),
            &[],
            &[::core::any::type_name_of_val(&*db)],
        ),
        |__key| {
            {
                ::two_tier_cache::__private::part(__key, &tenant);
            }
            {
                ::two_tier_cache::__private::part(__key, &id);
            }
        },
    ) {
        ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
        ::two_tier_cache::__private::Attempt::Miss(__miss) => {
            __miss
                .load(async move {
                    #[allow(unused_braces)]
                    let __output: Result<Option<User>, Error> = if false {
                        return ::two_tier_cache::__private::never::<
                            Result<Option<User>, Error>,
                        >();
                    } else {
                        { db.find(tenant, id).await }
                    };
                    #[allow(unreachable_code)] return __output;
                })
                .await
        }
    }
}
///Invalidates what `load` caches for these arguments.
///
///It is under way when this returns. Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub fn invalidate_load(
    tenant: impl ::two_tier_cache::KeyArg<u32>,
    id: impl ::two_tier_cache::KeyArg<u64>,
) -> ::two_tier_cache::Invalidate {
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate(
        &__caches,
        "user",
        ::core::time::Duration::ZERO,
        false,
        |__key| {
            {
                ::two_tier_cache::__private::arg::<u32>(__key, &tenant);
            }
            {
                ::two_tier_cache::__private::arg::<u64>(__key, &id);
            }
        },
    )
}
///Caches `value` as what `load` returns.
///
///Whether it is stored: it is not if the key is invalidated meanwhile.
///
///Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub fn set_load(
    tenant: impl ::two_tier_cache::KeyArg<u32>,
    id: impl ::two_tier_cache::KeyArg<u64>,
    __value: impl ::two_tier_cache::SetArg<Result<Option<User>, Error>>,
) -> ::two_tier_cache::Answer {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::refreshable(
        ::two_tier_cache::__private::Function::new(
            ::core::concat!(::core::module_path!(), "::", "load"),
            "user",
            {
                const __VALUE: ::core::time::Duration = TTL;
                __VALUE
            },
        ),
    );
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::set(
        &__caches,
        &__FUNCTION,
        ::core::any::type_name_of_val(&|| ()),
        ::two_tier_cache::__private::Probe::<Result<Option<User>, Error>>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        __value,
        |__key| {
            {
                ::two_tier_cache::__private::arg::<u32>(__key, &tenant);
            }
            {
                ::two_tier_cache::__private::arg::<u64>(__key, &id);
            }
        },
    )
}
///Whether `load` would find a value for these arguments.
///
///Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub fn exists_load(
    tenant: impl ::two_tier_cache::KeyArg<u32>,
    id: impl ::two_tier_cache::KeyArg<u64>,
) -> ::two_tier_cache::Answer {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::refreshable(
        ::two_tier_cache::__private::Function::new(
            ::core::concat!(::core::module_path!(), "::", "load"),
            "user",
            {
                const __VALUE: ::core::time::Duration = TTL;
                __VALUE
            },
        ),
    );
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::exists(
        &__caches,
        &__FUNCTION,
        ::core::any::type_name_of_val(&|| ()),
        ::two_tier_cache::__private::Probe::<Result<Option<User>, Error>>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        |__key| {
            {
                ::two_tier_cache::__private::arg::<u32>(__key, &tenant);
            }
            {
                ::two_tier_cache::__private::arg::<u64>(__key, &id);
            }
        },
    )
}
///Loads what `load` returns for these arguments, and caches it.
///
///Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub async fn refresh_load(db: &Db, tenant: u32, id: u64) -> Result<Option<User>, Error> {
    ::two_tier_cache::__private::refresh(load(db, tenant, id)).await
}
///Invalidates what `load` caches where every part matches.
///
///A part is named by its value, or is `Any`.
///
///It is under way when this returns. Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub fn invalidate_load_where(
    tenant: impl ::two_tier_cache::KeyMatch<u32>,
    id: impl ::two_tier_cache::KeyMatch<u64>,
) -> ::two_tier_cache::Invalidate {
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate_where(
        &__caches,
        "user",
        ::core::time::Duration::ZERO,
        false,
        |__pattern| {
            {
                ::two_tier_cache::__private::matching::<u32>(__pattern, &tenant);
            }
            {
                ::two_tier_cache::__private::matching::<u64>(__pattern, &id);
            }
        },
    )
}
///Invalidates everything that `load` caches.
///
///It is under way when this returns. Its keys start with `user:`.
#[allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::used_underscore_binding,
    dead_code,
    unused_mut,
    unused_variables
)]
pub fn invalidate_all_load() -> ::two_tier_cache::Invalidate {
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate_where(
        &__caches,
        "user",
        ::core::time::Duration::ZERO,
        false,
        |__pattern| {
            __pattern.any();
        },
    )
}
