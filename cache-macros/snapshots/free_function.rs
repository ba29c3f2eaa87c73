/// Loads a user.
#[tracing::instrument]
pub async fn load(db: &Db, id: u64, name: &str) -> Result<User, Error> {
    static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
        ::core::concat!(::core::module_path!(), "::", "load"),
        "user",
        {
            const __VALUE: ::core::time::Duration = CUSTOMER_PROFILE;
            __VALUE
        },
    );
    let __caches = ::two_tier_cache::__private::current();
    match ::two_tier_cache::__private::attempt(
        &__caches,
        &__FUNCTION,
        ::two_tier_cache::__private::Probe::<Result<User, Error>>::new()
            .__shape(&::two_tier_cache::__private::MessagePack),
        ::two_tier_cache::__private::Instance::new(
            ::core::any::type_name_of_val(&|| ()),
            &[],
            &[::core::any::type_name_of_val(&*db)],
        ),
        |__key| {
            {
                ::two_tier_cache::__private::part(__key, &id);
            }
            {
                ::two_tier_cache::__private::part(__key, &name);
            }
        },
    ) {
        ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
        ::two_tier_cache::__private::Attempt::Miss(__miss) => {
            __miss
                .load(async move {
                    #[allow(unused_braces)]
                    let __output: Result<User, Error> = if false {
                        return ::two_tier_cache::__private::never::<
                            Result<User, Error>,
                        >();
                    } else {
                        { db.find(id, name).await }
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
    id: impl ::two_tier_cache::KeyArg<u64>,
    name: impl ::two_tier_cache::KeyArg<str>,
) -> ::two_tier_cache::Invalidate {
    let __caches = ::two_tier_cache::__private::current();
    ::two_tier_cache::__private::invalidate(
        &__caches,
        "user",
        ::core::time::Duration::ZERO,
        false,
        |__key| {
            {
                ::two_tier_cache::__private::arg::<u64>(__key, &id);
            }
            {
                ::two_tier_cache::__private::arg::<str>(__key, &name);
            }
        },
    )
}
